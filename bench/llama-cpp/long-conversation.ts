import { openLlamaCpp } from '@nano/llama-cpp'
import { showProgress } from '../../scripts/real-models/step.ts'
import type { Contender } from '../measuring/contender.ts'
import { nanoContender } from '../measuring/nano-contender.ts'
import { measureDecodeSpeed, type SpeedMeasurement } from '../measuring/speed.ts'
import { printTable } from '../measuring/table.ts'
import { findServerFor, llamaServerContender } from './llama-server.ts'
import { loadWeights, nodeLlamaCppContender } from './node-llama-cpp.ts'
import { buildUncachedTasks } from './tasks.ts'
import { verbatimFormat } from './verbatim-format.ts'

/** A model and how long its conversations can be. */
export interface LongConversation {
  readonly name: string
  readonly path: string
  /** Tokens. */
  readonly maxContext: number
  /** Tokens of the reply, at most 100. */
  readonly maxTokens: number
}

/** Tokens of the longest conversation. */
const longest = 30_000
/** Tokens that are left for the reply and what the format writes. */
const room = 200
const sentence = 'A shop sells apples, pears and plums from Monday to Friday. '

/**
 * Prints how fast nano decodes after a conversation of 30,000 tokens, or as many as fit, relative
 * to the neighbors at their defaults. Once: each has to read it first, which takes minutes with
 * real weights.
 */
export async function printLongConversation({
  name,
  path,
  maxContext,
  maxTokens,
}: LongConversation): Promise<void> {
  const device = 'cpu'
  const contextLength = Math.min(longest + room, maxContext)
  const sentenceCount = Math.floor((contextLength - room) / (await countTokens(path, sentence)))
  const [tasks = []] = await buildUncachedTasks(path, {
    questions: [`${sentence.repeat(sentenceCount)}Tell me more.`],
    maxTokens: Math.min(maxTokens, room / 2),
    rounds: 1,
  })

  const openers: (() => Promise<Contender>)[] = [
    async () => {
      const options = { model: path, device, contextLength, format: verbatimFormat } as const
      return nanoContender('nano', await openLlamaCpp(options))
    },
    async () => {
      const weights = await loadWeights(path, device)
      const contender = await nodeLlamaCppContender(weights, { contextSize: contextLength })
      return { ...contender, close: () => weights.dispose() }
    },
  ]
  const program = findServerFor(device)
  if (program !== undefined)
    openers.push(() =>
      llamaServerContender({ program, model: path, device, slots: 1, contextLength }, {}),
    )

  const results: { readonly contender: Contender; readonly speed: SpeedMeasurement }[] = []
  for (const open of openers) {
    const contender = await open()
    const speed = await showProgress(`Reading a long conversation with ${contender.name}`, () =>
      measureDecodeSpeed(contender, tasks),
    )
    results.push({ contender, speed })
    await contender.close()
  }
  const [nano] = results
  printTable(
    `Decoding with ${name} after ${tasks[0]?.tokens.length} tokens: nano to each`,
    ['relative to', 'decoding', 'first token'],
    results.map(({ contender, speed }) => [
      contender.name,
      ((nano?.speed.tokensPerSecond ?? NaN) / speed.tokensPerSecond).toFixed(2),
      (firstTokenTime(nano?.speed) / firstTokenTime(speed)).toFixed(2),
    ]),
  )
}

function firstTokenTime(speed: SpeedMeasurement | undefined): number {
  return speed?.replies[0]?.firstTokenTime ?? NaN
}

async function countTokens(path: string, text: string): Promise<number> {
  const model = await openLlamaCpp({ model: path, contextLength: 256, ownProcess: false })
  const tokens = await model.tokenize(text)
  await model.close()
  return tokens.length
}
