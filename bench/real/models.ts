import { existsSync } from 'node:fs'
import { basename, join } from 'node:path'
import { realFolder } from '../../scripts/real-models/cache-folder.ts'
import { buildUncachedTasks } from '../llama-cpp/tasks.ts'
import type { Workload } from '../llama-cpp/workloads.ts'

/**
 * Real weights, as `npm run test:real` makes them; `onnx` is the folder of their exports, and
 * `trainedLength` the tokens of context that they were trained on.
 */
export const realModels = {
  smollm2: {
    name: 'SmolLM2 135M',
    gguf: 'smollm2/q4_1.gguf',
    onnx: 'smollm2',
    trainedLength: 8_192,
  },
  'qwen-0.5b': {
    name: 'Qwen2.5-Coder 0.5B',
    gguf: 'qwen2.5-coder-0.5b/q4_k_m.gguf',
    onnx: 'qwen2.5-coder-0.5b',
    trainedLength: 32_768,
  },
  'qwen-1.5b': {
    name: 'Qwen2.5-Coder 1.5B',
    gguf: 'qwen2.5-coder-1.5b/q4_k_m.gguf',
    onnx: undefined,
    trainedLength: 32_768,
  },
} as const

export type RealModel = (typeof realModels)[keyof typeof realModels]

const sentence = 'A shop sells apples, pears and plums from Monday to Friday. '
/** About 280 tokens. */
const question = `${sentence.repeat(19)}Write a long story about its owner, part`
/** Requests at once where there are several. */
export const manyStreams = 8

export interface TaskLimits {
  readonly rounds: number
  /** Tokens of a reply. */
  readonly maxTokens: number
}

/** What a model is asked: 8 prompts of about 280 tokens a round, of which one stream gets two. */
export async function buildRealWorkload(
  { name, gguf }: RealModel,
  { rounds, maxTokens }: TaskLimits,
): Promise<Workload> {
  const path = findRealFile(gguf)
  return {
    name: `${name}, ${basename(path)}`,
    path,
    contextLength: 2_048,
    singleStreamTasks: 2,
    tasksByRound: await buildUncachedTasks(path, {
      questions: Array.from({ length: manyStreams }, (_, index) => `${question} ${index}.`),
      maxTokens,
      rounds: rounds + 1,
    }),
  }
}

/** The path of a file of the real models. Throws where it is not made. */
export function findRealFile(path: string): string {
  const file = join(realFolder(), path)
  if (existsSync(file)) return file
  throw new Error(`There is no ${file}: npm run test:real -- --prepare makes it.`)
}
