import type { Model } from '@nano/core'
import { type LlamaCppOptions, openLlamaCpp } from '@nano/llama-cpp'

/** A prompt as token ids, and what of it each contender is given. */
export interface Task {
  readonly text: string
  readonly tokens: readonly number[]
  readonly maxTokens: number
}

/** One way to run a model, ready to be measured. */
export interface Contender {
  readonly name: string
  /** Where it runs, as far as it says. */
  readonly device?: string | undefined
  /** Output tokens per second, of one request after another: from the first token to the last. */
  one(tasks: readonly Task[]): Promise<number>
  /** Output tokens per second in all, prompts included, with so many requests at once. */
  many(tasks: readonly Task[], streams: number): Promise<number>
  close(): Promise<void>
}

const greedy = { temperature: 0 }

/** Ours, through the whole contract. */
export async function ours(name: string, options: LlamaCppOptions): Promise<Contender> {
  const model = await openLlamaCpp(options)
  const run = (task: Task) => timed(model, task)
  return {
    name,
    device: model.info.device,
    async one(tasks) {
      let [tokens, time] = [0, 0]
      for (const task of tasks) {
        const reply = await run(task)
        tokens += reply.output - 1
        time += reply.last - reply.first
      }
      return (tokens / time) * 1_000
    },
    many: (tasks, streams) => throughput(tasks, streams, async (task) => (await run(task)).output),
    close: () => model.close(),
  }
}

async function timed(model: Model, { text, maxTokens }: Task): Promise<{ readonly output: number; readonly first: number; readonly last: number }> {
  let first: number | undefined
  for await (const part of model.stream({ messages: text, reasoning: 'on', sampling: greedy, maxTokens })) {
    first ??= performance.now()
    if (part.type === 'finish') return { output: part.usage.output ?? 0, first, last: performance.now() }
  }
  throw new Error('the stream ended without a finish')
}

/** Keeps `streams` tasks going until all are done; tokens per second of the whole. */
export async function throughput(tasks: readonly Task[], streams: number, run: (task: Task, stream: number) => Promise<number>): Promise<number> {
  const queue = [...tasks]
  const started = performance.now()
  let tokens = 0
  await Promise.all(Array.from({ length: streams }, async (_, stream) => {
    for (let task = queue.shift(); task; task = queue.shift()) {
      const output = await run(task, stream)
      tokens += output
    }
  }))
  return (tokens / (performance.now() - started)) * 1_000
}
