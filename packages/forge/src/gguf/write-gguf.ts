import { buffersOfSize, fillChunks } from '../files/chunks.ts'
import { writeFiles, type WriteProgress } from '../files/write-files.ts'
import { computeRowSize, computeTensorSize } from '../tensors/gguf-tensor.ts'
import { tensorFiller } from '../tensors/tensor-filler.ts'
import { assertWritable } from './assert-writable.ts'
import { alignOffset, encodeHeader } from './encode-header.ts'
import type { GgufContents } from './gguf-contents.ts'

/** Options of `writeGguf`. */
export interface WriteGgufOptions extends GgufContents {
  /** A file at this path is replaced when the new one is complete. */
  readonly path: string
  /** Called about every 4 MiB, and with `written` equal to `total` at the end. */
  readonly onProgress?: (progress: WriteProgress) => void
  readonly signal?: AbortSignal
}

/**
 * Writes a GGUF file and returns its size in bytes. The memory it takes does not grow with the size
 * of the file. It writes `path.part` and renames it when it is complete; after a failure or an
 * abort there is neither file. Throws `invalid-request` for contents that cannot be a file and
 * `out-of-memory` for lack of disk space, both before the first byte, and `not-found` for a missing
 * folder.
 */
export async function writeGguf({
  path,
  metadata,
  tensors,
  onProgress,
  signal,
}: WriteGgufOptions): Promise<number> {
  const contents = { metadata, tensors }
  assertWritable(contents)
  signal?.throwIfAborted()
  const header = encodeHeader(contents)
  const size = header.length + computeWeightsSize(contents)
  return writeFiles({
    files: [{ path, size, chunks: fileChunks(contents, header) }],
    onProgress,
    signal,
  })
}

/** Computes the bytes that `writeGguf` would write. */
export function computeGgufSize(contents: GgufContents): number {
  assertWritable(contents)
  return encodeHeader(contents).length + computeWeightsSize(contents)
}

function computeWeightsSize({ tensors }: GgufContents): number {
  return tensors.reduce((sum, tensor) => sum + alignOffset(computeTensorSize(tensor)), 0)
}

function* fileChunks({ tensors }: GgufContents, header: Uint8Array): Generator<Uint8Array> {
  yield header
  const buffers = buffersOfSize(tensors.map(computeRowSize))
  for (const tensor of tensors) {
    const size = computeTensorSize(tensor)
    yield* fillChunks(tensorFiller(tensor), size, buffers)
    yield new Uint8Array(alignOffset(size) - size)
  }
}
