import type { GenerateInput } from '@nano/core'
import { openLlamaCpp } from '@nano/llama-cpp'
import { computeRatios, formatSpread } from '../measuring/spread.ts'
import { printTable } from '../measuring/table.ts'
import { codeOwners, profileThread } from '../measuring/thread-profile.ts'
import { verbatimFormat } from './verbatim-format.ts'
import { taskContextLength, type Workload } from './workloads.ts'

/** Rounds before those that count: compilers are done with the code by then. */
const warmUpRounds = 1

/** The grammar of a list of them has 200 KB. */
const names = Array.from({ length: 8_000 }, (_, index) => `the ${index * 7_919}th of many names`)

type Request = Exclude<GenerateInput, string | { readonly prompt: string }>

const kinds: Readonly<Record<string, Partial<Request>>> = {
  greedy: {},
  'sampled, with penalties': {
    sampling: { temperature: 0.8, topP: 0.9, topK: 40, frequencyPenalty: 0.3 },
  },
  'with four stop strings': { stop: ['@@', 'The End', '\n\n\n\n', '###'] },
  'a list of 8,000 possible names': {
    schema: { type: 'array', items: { enum: names }, minItems: 50 },
  },
}

interface StepCost {
  /** Milliseconds. */
  readonly step: number
  /** Computing time of each of `codeOwners`, as a share of the time of decoding. */
  readonly shares: readonly number[]
}

/** Prints how long the JavaScript thread computes for a reply, by whose code that is. */
export async function printStepCosts({ name, path, tasksByRound }: Workload): Promise<void> {
  const model = await openLlamaCpp({
    model: path,
    contextLength: taskContextLength,
    format: verbatimFormat,
    // The threads of another process cannot be profiled here.
    ownProcess: false,
  })
  const measureReply = async (input: Request): Promise<StepCost> => {
    let firstTokenAt = NaN
    let steps = NaN
    let time = NaN
    const costs = await profileThread(async () => {
      const { usage } = await model.generate(input, {
        // The prompt is read when the first token is sampled.
        onPrefill({ processed, total }) {
          if (processed === total) firstTokenAt = performance.now()
        },
      })
      steps = (usage.output ?? NaN) - 1
      time = performance.now() - firstTokenAt
    })
    return { step: time / steps, shares: codeOwners.map((owner) => costs[owner] / time) }
  }

  const costs = new Map<string, StepCost[]>(Object.keys(kinds).map((kind) => [kind, []]))
  for (const [round, [task]] of tasksByRound.entries()) {
    if (!task) continue
    const { text: messages, maxTokens } = task
    for (const [kind, options] of Object.entries(kinds)) {
      const cost = await measureReply({
        messages,
        maxTokens,
        sampling: { temperature: 0 },
        ...options,
      })
      if (round >= warmUpRounds) costs.get(kind)?.push(cost)
    }
  }
  await model.close()

  const greedy = costs.get('greedy') ?? []
  printTable(
    `What the JavaScript thread computes for a reply of ${name}; its decoding takes 1`,
    ['reply', ...codeOwners, 'time of a step; greedy is 1'],
    [...costs].map(([kind, measured]) => [
      kind,
      ...codeOwners.map((_, index) =>
        formatSpread(
          measured.map(({ shares }) => shares[index] ?? NaN),
          3,
        ),
      ),
      formatSpread(computeRatios(stepTimes(measured), stepTimes(greedy))),
    ]),
  )
}

function stepTimes(costs: readonly StepCost[]): readonly number[] {
  return costs.map(({ step }) => step)
}
