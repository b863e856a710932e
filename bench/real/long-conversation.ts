import { openLlamaCpp } from '@nano/llama-cpp'
import { showProgress } from '../../scripts/real-models/step.ts'
import { findServerFor, llamaServerContender } from '../llama-cpp/llama-server.ts'
import { loadWeights, nodeLlamaCppContender } from '../llama-cpp/node-llama-cpp.ts'
import { buildUncachedTasks } from '../llama-cpp/tasks.ts'
import { verbatimFormat } from '../llama-cpp/verbatim-format.ts'
import type { Contender } from '../measuring/contender.ts'
import { nanoContender } from '../measuring/nano-contender.ts'
import { measureDecodeSpeed, type SpeedMeasurement } from '../measuring/speed.ts'
import { printTable } from '../measuring/table.ts'
import {
  findRealFile,
  type RealModel,
  sentence,
  sentenceTokens,
  type TaskLimits,
} from './models.ts'

/** Tokens of the longest conversation. */
const longest = 30_000
/** Tokens that are left for the reply and what the format writes. */
const room = 200

/**
 * Prints how fast nano decodes after a conversation of 30,000 tokens, or as many as the model was
 * trained on, relative to the neighbors at their defaults. Once: each has to read it first, which
 * takes minutes.
 */
export async function printLongConversation(
  { name, gguf, trainedLength }: RealModel,
  { maxTokens }: Pick<TaskLimits, 'maxTokens'>,
): Promise<void> {
  const path = findRealFile(gguf)
  const device = 'cpu'
  const contextLength = Math.min(longest + room, trainedLength)
  const question = `${sentence.repeat((contextLength - room) / sentenceTokens)}Tell me more.`
  const [tasks = []] = await buildUncachedTasks(path, {
    questions: [question],
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
