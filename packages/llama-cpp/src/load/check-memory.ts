import { NanoError } from '@nano/core'
import { log } from './open-device.ts'
import { toNanoError } from '../error.ts'
import type { ModelFile } from '../gguf/model-file.ts'
import type { ParsedOptions } from '../options.ts'
import type { Llama, Runtime } from '../runtime.ts'

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
  readonly runtime: Runtime
  readonly llama: Llama
  readonly file: ModelFile
  readonly shape: ContextShape
  readonly options: ParsedOptions
}

/**
 * Throws `out-of-memory`, with the numbers, for a model and context that cannot fit in the memory
 * there is: all of it together where the layers are shared out between a GPU and the CPU. Costs a
 * few milliseconds; nothing is loaded.
 */
export async function assertFits(fit: FitOptions): Promise<void> {
  const { llama, file, shape, options } = fit
  log.take()
  const { weights, context, contexts } = await estimated(fit).catch((cause: unknown) => {
    throw toNanoError({ cause, doing: `estimating the memory that ${file.path} needs`, log })
  })
  const there =
    process.availableMemory() + (llama.gpu === false ? 0 : (await llama.getVramState()).free)
  if (weights + context <= there) return

  const { contextLength, parallel, kvCache } = { contextLength: shape.contextSize - 1, ...options }
  const asked = `${gigabytes(weights)} for the weights and ${gigabytes(context)} for ${contexts * parallel} contexts of ${contextLength} tokens in ${kvCache}`
  throw new NanoError(
    'out-of-memory',
    `llama-cpp: ${file.name} needs ${asked}, and ${gigabytes(there)} are free. Use a shorter contextLength, fewer parallel requests, kvCache: 'q8_0', or a smaller quantization.`,
  )
}

/** Bytes, of all contexts together. */
async function estimated({ runtime, llama, file, shape, options }: FitOptions): Promise<{
  readonly weights: number
  readonly context: number
  readonly contexts: number
}> {
  const insights = await runtime.GgufInsights.from(file.header, llama)
  const layers = llama.gpu === false ? 0 : (options.gpuLayers ?? insights.totalLayers)
  const weights = await insights.estimateModelResourceRequirementsV2({ gpuLayers: layers })
  const context = await insights.estimateContextResourceRequirementsV2({
    ...shape,
    modelGpuLayers: layers,
    kvCacheKeyType: ggmlTypes[options.kvCache],
    kvCacheValueType: ggmlTypes[options.kvCache],
  })
  const contexts = 1 + Math.min(options.loraContexts, Object.keys(options.loras).length)
  return {
    weights: Math.max(file.size, weights.cpuRam + weights.gpuVram),
    context: contexts * (context.cpuRam + context.gpuVram),
    contexts,
  }
}

/** As ggml numbers its types. */
const ggmlTypes = { f32: 0, f16: 1, q8_0: 8 } as const

function gigabytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(bytes < 2 ** 30 ? 2 : 1)} GiB`
}
