import { NanoError } from '@nano/core'
import { toNanoError } from '../error.ts'
import type { ModelFile } from '../gguf/model-file.ts'
import type { ParsedOptions } from '../options.ts'
import type { Llama, Runtime } from '../runtime.ts'
import type { ContextShape } from './context-shape.ts'
import { log } from './open-device.ts'

interface MemoryOptions {
  readonly runtime: Runtime
  readonly llama: Llama
  readonly file: ModelFile
  readonly shape: ContextShape
  readonly options: ParsedOptions
}

/**
 * Throws `out-of-memory`, with the numbers, where the model and its contexts do not fit in the free
 * memory: that of the GPU and of the CPU together, because they may share the layers. Loads
 * nothing; costs a few milliseconds.
 */
export async function assertFits(input: MemoryOptions): Promise<void> {
  const { llama, file, shape, options } = input
  await log.clear()
  const { weights, contexts, contextCount } = await estimateMemory(input).catch(
    async (cause: unknown) => {
      throw await toNanoError({
        cause,
        activity: `estimating the memory that ${file.path} needs`,
        log,
      })
    },
  )
  const gpuMemory = llama.gpu === false ? 0 : (await llama.getVramState()).free
  const free = process.availableMemory() + gpuMemory
  if (weights + contexts <= free) return

  throw new NanoError(
    'out-of-memory',
    `llama-cpp: ${file.name} needs ${formatGibibytes(weights)} for the weights and ` +
      `${formatGibibytes(contexts)} for ${contextCount * options.parallel} contexts of ` +
      `${shape.contextSize - 1} tokens in ${options.kvCache}, ` +
      `and ${formatGibibytes(free)} are free. ` +
      "Use a shorter contextLength, fewer parallel requests, kvCache: 'q8_0', or a smaller " +
      'quantization.',
  )
}

interface MemoryEstimate {
  /** Bytes. */
  readonly weights: number
  /** Bytes of all contexts together. */
  readonly contexts: number
  readonly contextCount: number
}

async function estimateMemory({
  runtime,
  llama,
  file,
  shape,
  options,
}: MemoryOptions): Promise<MemoryEstimate> {
  const insights = await runtime.GgufInsights.from(file.header, llama)
  const gpuLayers = llama.gpu === false ? 0 : (options.gpuLayers ?? insights.totalLayers)
  const weights = await insights.estimateModelResourceRequirementsV2({ gpuLayers })
  const context = await insights.estimateContextResourceRequirementsV2({
    ...shape,
    modelGpuLayers: gpuLayers,
    kvCacheKeyType: ggmlTypes[options.kvCache],
    kvCacheValueType: ggmlTypes[options.kvCache],
  })
  const contextCount = 1 + Math.min(options.loraContexts, Object.keys(options.loras).length)
  return {
    weights: Math.max(file.size, weights.cpuRam + weights.gpuVram),
    contexts: contextCount * (context.cpuRam + context.gpuVram),
    contextCount,
  }
}

/** As ggml numbers its types. */
const ggmlTypes = { f32: 0, f16: 1, q8_0: 8 } as const

function formatGibibytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(bytes < 2 ** 30 ? 2 : 1)} GiB`
}
