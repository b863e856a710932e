import { availableMemory } from 'node:process'
import { NanoError } from '@nano/core'
import type { ModelFile } from './model-file.ts'
import type { ParsedOptions } from './options.ts'
import type { GgufInsights, Llama } from './runtime.ts'

/** What a context is made with, as the runtime takes it. */
export interface ContextShape {
  readonly contextSize: number
  readonly sequences: number
  readonly batchSize: number
  readonly flashAttention: boolean | 'auto'
  /** Absent, one per core. */
  readonly threads: number | undefined
  readonly experimentalKvCacheKeyType: string
  readonly experimentalKvCacheValueType: string
}

interface FitOptions {
  readonly llama: Llama
  readonly insights: GgufInsights
  readonly file: ModelFile
  readonly shape: ContextShape
  readonly options: ParsedOptions
}

/**
 * Throws `out-of-memory`, with the numbers, for a model and context that cannot fit in the memory there is: all of it together where
 * the layers are shared out between a GPU and the CPU. Costs a few milliseconds; nothing is loaded.
 */
export async function assertFits({ llama, insights, file, shape, options }: FitOptions): Promise<void> {
  const layers = llama.gpu === false ? 0 : (options.gpuLayers ?? insights.totalLayers)
  const weights = await insights.estimateModelResourceRequirementsV2({ gpuLayers: layers })
  const context = await insights.estimateContextResourceRequirementsV2({
    ...shape,
    modelGpuLayers: layers,
    kvCacheKeyType: ggmlTypes[options.kvCache],
    kvCacheValueType: ggmlTypes[options.kvCache],
  })
  const contexts = 1 + Math.min(options.loraContexts, Object.keys(options.loras).length)
  const wanted = { weights: Math.max(file.size, weights.cpuRam + weights.gpuVram), context: contexts * (context.cpuRam + context.gpuVram) }
  const there = availableMemory() + (llama.gpu === false ? 0 : (await llama.getVramState()).free)
  if (wanted.weights + wanted.context <= there) return

  const { contextLength, parallel, kvCache } = { contextLength: shape.contextSize - 1, ...options }
  const asked = `${gigabytes(wanted.weights)} for the weights and ${gigabytes(wanted.context)} for ${contexts * parallel} contexts of ${contextLength} tokens in ${kvCache}`
  throw new NanoError('out-of-memory', `llama-cpp: ${file.name} needs ${asked}, and ${gigabytes(there)} are free. Use a shorter contextLength, fewer parallel requests, kvCache: 'q8_0', or a smaller quantisation.`)
}

/** As ggml numbers its types. */
const ggmlTypes = { f32: 0, f16: 1, q8_0: 8 } as const

function gigabytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(bytes < 2 ** 30 ? 2 : 1)} GiB`
}
