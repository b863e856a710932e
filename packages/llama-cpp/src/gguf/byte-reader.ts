import { readSync } from 'node:fs'
import type { NanoError } from '@nano/core'

/** Reads a file from its beginning, and nothing beyond its end. */
export interface ByteReader {
  /** Bytes of the file. */
  readonly size: number
  /** Bytes read so far. */
  position(): number
  skip(length: number): void
  uint32(): number
  uint64(): number
  /** A text with its length in front, one character for each byte. */
  text(): string
  /** A number of a kind of GGUF. */
  number(kind: number): number
  /** Bytes of a number of that kind. Throws for a kind that GGUF does not have. */
  numberSize(kind: number): number
  /** The error for what cannot be right at this position. */
  fault(reason: string): NanoError
}

interface ByteReaderOptions {
  /** File descriptor. */
  readonly file: number
  readonly size: number
  readonly fault: (position: number, reason: string) => NanoError
}

/** Bytes read from the file at once. */
const chunkSize = 2 ** 20
/** Bytes of the longest text; chat templates have some 10,000. */
const maxTextLength = 2 ** 24

export function byteReader({ file, size, fault }: ByteReaderOptions): ByteReader {
  let position = 0
  let chunk = Buffer.alloc(0)
  let chunkStart = 0
  const faultHere = (reason: string) => fault(position, reason)

  function skip(length: number): void {
    if (!(length <= size - position))
      throw faultHere(`${length} bytes should follow, and there are ${size - position}`)
    position += length
  }

  function take(length: number): Buffer {
    const start = position
    if (length > maxTextLength) throw faultHere(`a text of ${length} bytes should follow`)
    skip(length)
    if (position > chunkStart + chunk.length) {
      chunk = Buffer.alloc(Math.min(Math.max(chunkSize, length), size - start))
      chunkStart = start
      if (readSync(file, chunk, 0, chunk.length, chunkStart) < chunk.length)
        throw faultHere('the file ended while it was read')
    }
    return chunk.subarray(start - chunkStart, position - chunkStart)
  }

  function uint64(): number {
    const value = Number(take(8).readBigUInt64LE())
    if (!Number.isSafeInteger(value)) throw faultHere(`a count of ${value} is given`)
    return value
  }

  function numberKind(kind: number): NumberKind {
    const numberKind = numberKinds[kind]
    if (!numberKind) throw faultHere(`a value of kind ${kind} is given, which GGUF does not have`)
    return numberKind
  }

  return {
    size,
    position: () => position,
    skip,
    uint32: () => take(4).readUInt32LE(),
    uint64,
    text: () => take(uint64()).toString('latin1'),
    number(kind) {
      const { size, read } = numberKind(kind)
      return read(take(size))
    },
    numberSize: (kind) => numberKind(kind).size,
    fault: faultHere,
  }
}

interface NumberKind {
  /** Bytes. */
  readonly size: number
  readonly read: (bytes: Buffer) => number
}

/** By the number that GGUF gives each; 8 is a text, and 9 an array. */
const numberKinds: Readonly<Record<number, NumberKind>> = {
  0: { size: 1, read: (bytes) => bytes.readUInt8() },
  1: { size: 1, read: (bytes) => bytes.readInt8() },
  2: { size: 2, read: (bytes) => bytes.readUInt16LE() },
  3: { size: 2, read: (bytes) => bytes.readInt16LE() },
  4: { size: 4, read: (bytes) => bytes.readUInt32LE() },
  5: { size: 4, read: (bytes) => bytes.readInt32LE() },
  6: { size: 4, read: (bytes) => bytes.readFloatLE() },
  7: { size: 1, read: (bytes) => bytes.readUInt8() },
  10: { size: 8, read: (bytes) => Number(bytes.readBigUInt64LE()) },
  11: { size: 8, read: (bytes) => Number(bytes.readBigInt64LE()) },
  12: { size: 8, read: (bytes) => bytes.readDoubleLE() },
}
