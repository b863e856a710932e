import { check } from './check.ts'
import type { GgufContents } from './gguf.ts'
import { aligned, encodeHeader, tensorSize } from './header.ts'
import { buffersFor, tensorBytes } from './tensor-bytes.ts'
import { writeFiles, type WriteProgress } from './write-files.ts'

/** What to write, and where. */
export interface WriteOptions extends GgufContents {
  /** A file there is replaced once the new one is whole. */
  readonly path: string
  /** Called after every 4 MiB or so, and with `written` equal to `total` at the end. */
  readonly onProgress?: (progress: WriteProgress) => void
  readonly signal?: AbortSignal
}

/**
 * Writes a GGUF file and gives its size in bytes; memory stays at some megabytes whatever the size.
 * It is written as `path.part` and renamed when whole; after a failure or an abort there is
 * neither. Throws `invalid-request` for what cannot be a file and `out-of-memory` for want of disk,
 * both before the first byte; `not-found` for a missing folder.
 */
export async function writeGguf({
  path,
  metadata,
  tensors,
  onProgress,
  signal,
}: WriteOptions): Promise<number> {
  const contents = { metadata, tensors }
  check(contents)
  signal?.throwIfAborted()
  const header = encodeHeader(contents)
  return writeFiles({
    files: [
      { path, size: header.length + weightsSize(contents), chunks: chunks(contents, header) },
    ],
    onProgress,
    signal,
  })
}

/** Bytes that `writeGguf` would write. */
export function ggufSize(contents: GgufContents): number {
  check(contents)
  return encodeHeader(contents).length + weightsSize(contents)
}

function weightsSize({ tensors }: GgufContents): number {
  return tensors.reduce((sum, tensor) => sum + aligned(tensorSize(tensor)), 0)
}

function* chunks({ tensors }: GgufContents, header: Uint8Array): Generator<Uint8Array> {
  yield header
  const buffers = buffersFor(tensors)
  for (const tensor of tensors) {
    yield* tensorBytes(tensor, buffers)
    const size = tensorSize(tensor)
    yield new Uint8Array(aligned(size) - size)
  }
}
