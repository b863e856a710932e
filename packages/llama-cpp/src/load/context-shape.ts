import type { ModelFile } from '../gguf/model-file.ts'
import type { ParsedOptions } from '../options.ts'

/** What a context is made with, as the runtime takes it. */
export interface ContextShape {
  readonly contextSize: number
  readonly sequences: number
  readonly batchSize: number
  readonly flashAttention: boolean | 'auto'
  readonly experimentalKvCacheKeyType: string
  readonly experimentalKvCacheValueType: string
}

interface ShapeOptions {
  readonly file: ModelFile
  readonly contextLength: number
  /** All layers are computed on the CPU. */
  readonly isOnCpu: boolean
  readonly options: ParsedOptions
}

/** Tokens of a prompt; more are no faster. */
const maxBatchSize = 512
/** Tokens; fewer read the weights too often. */
const minBatchSize = 32
/** Tokens times parameters: half a second on two cores. An abort and other requests wait for it. */
const batchWork = 32 * 4e9

export function chooseContextShape({
  file,
  contextLength,
  isOnCpu,
  options: { parallel, kvCache, flashAttention },
}: ShapeOptions): ContextShape {
  const isSmall = isSmallModel(file)
  return {
    // The runtime shifts the context when its last cell would be used; one more prevents that.
    contextSize: contextLength + 1,
    sequences: parallel,
    batchSize: isOnCpu ? chooseBatchSize(file) : maxBatchSize,
    // Only flash attention has kernels for half-sized caches. With it, a request's tokens depend on
    // those that decode beside it. A small model does without, for an eighth of its speed at most;
    // attention is more of a larger model's work.
    flashAttention: kvCache === 'q8_0' || (flashAttention ?? (isSmall ? false : 'auto')),
    experimentalKvCacheKeyType: kvCache.toUpperCase(),
    experimentalKvCacheValueType: kvCache.toUpperCase(),
  }
}

function chooseBatchSize({ parameters }: ModelFile): number {
  const size = minBatchSize * Math.floor(batchWork / parameters / minBatchSize)
  return Math.min(maxBatchSize, Math.max(minBatchSize, size))
}

/**
 * Whether threads and GPUs cost more than they give: under 100 million parameters, as measured with
 * models of 1 million to 4 billion.
 */
export function isSmallModel({ parameters }: Pick<ModelFile, 'parameters'>): boolean {
  return parameters < 100_000_000
}
