/** Bytes made between two writes: enough for the disk, and few enough to abort at once. */
const chunkSize = 4 * 2 ** 20

/** Two buffers, so that one is filled while the other is written. */
export type ChunkBuffers = readonly [Uint8Array, Uint8Array]

/** Fills bytes in order. `fill` receives a multiple of `unit` bytes. */
export interface ByteFiller {
  readonly unit: number
  readonly fill: (bytes: Uint8Array) => void
}

/** Creates buffers that are large enough for each of these sizes. */
export function buffersOfSize(sizes: readonly number[]): ChunkBuffers {
  const size = sizes.reduce((largest, size) => Math.max(largest, size), chunkSize)
  const words = Math.ceil(size / 4) * 4
  return [new Uint8Array(words), new Uint8Array(words)]
}

/** Yields that many bytes in order. A chunk is valid until the next but one. */
export function* fillChunks(
  { unit, fill }: ByteFiller,
  total: number,
  buffers: ChunkBuffers,
): Generator<Uint8Array> {
  const longest = Math.floor(buffers[0].length / unit) * unit
  for (let filledLength = 0, count = 0; filledLength < total; count++) {
    const buffer = buffers[count % 2 === 0 ? 0 : 1]
    const chunk = buffer.subarray(0, Math.min(longest, total - filledLength))
    fill(chunk)
    filledLength += chunk.length
    yield chunk
  }
}
