import { closeSync, openSync, readSync } from 'node:fs'
import { NanoError } from '@nano/core'

/**
 * A value of a header: an array as how many it holds, of what kind, and its items where they are
 * needed.
 */
export type HeaderValue = string | number | HeaderArray

interface HeaderArray {
  /** As GGUF numbers its kinds of values. */
  readonly kind: number
  readonly length: number
  /**
   * Numbers of short arrays, and the tokens, a character a byte: two tokens may differ in bytes
   * that are no text.
   */
  readonly items: readonly (string | number)[]
}

/** A tensor of a header. */
interface HeaderTensor {
  readonly name: string
  /** In ggml's order: the length of a row first. */
  readonly dimensions: readonly number[]
}

/** What is in front of a file's weights. */
export interface GgufHeader {
  readonly values: ReadonlyMap<string, HeaderValue>
  readonly tensors: readonly HeaderTensor[]
}

/** Bytes read at once. */
const chunk = 2 ** 20
/** Bytes of the longest text taken for one; chat templates have some 10,000. */
const longest = 2 ** 24
/** Longer arrays of numbers belong to the vocabulary. */
const short = 4_096
/** As GGUF numbers what a vocabulary is made of. */
export const kinds = { int32: 5, float32: 6, string: 8, array: 9 } as const
/** Bytes of a number by its kind, in the order of GGUF. */
const widths = [1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8]

/**
 * Reads the header of a GGUF of `size` bytes, and holds every length in it against that: the
 * runtime trusts them, and ends the process over some. Throws `bad-model` with the byte where it
 * stops making sense.
 * @see https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
 */
export function readHeader(path: string, size: number): GgufHeader {
  const file = openSync(path, 'r')
  try {
    const bytes = reader(
      file,
      size,
      (at, why) =>
        new NanoError(
          'bad-model',
          `llama-cpp: ${path} is cut short or broken: at byte ${at} of ${size} ${why}. Get it again and compare its size with the original.`,
        ),
    )
    bytes.skip(4)
    const version = bytes.uint32()
    if (version !== 2 && version !== 3)
      throw bytes.fault(`its version of GGUF is ${version}, and 2 and 3 can be read`)
    const [tensorCount, valueCount] = [bytes.uint64(), bytes.uint64()]

    const values = new Map<string, HeaderValue>()
    for (let index = 0; index < valueCount; index++) {
      const key = bytes.text()
      if (values.has(key)) throw bytes.fault(`the key ${key} comes again`)
      values.set(key, readValue(bytes, key))
    }
    return {
      values,
      tensors: readTensors(bytes, tensorCount, values.get('general.alignment') ?? 32),
    }
  } finally {
    closeSync(file)
  }
}

function readValue(bytes: Reader, key: string): HeaderValue {
  const kind = bytes.uint32()
  if (kind === kinds.string) return bytes.text()
  if (kind !== kinds.array) return bytes.number(kind)

  const [each, length] = [bytes.uint32(), bytes.uint64()]
  if (each === kinds.string) {
    const items: string[] = []
    const kept = key === 'tokenizer.ggml.tokens'
    for (let index = 0; index < length; index++) {
      const text = bytes.text()
      if (kept) items.push(text)
    }
    return { kind: each, length, items }
  }
  if (length > short) {
    bytes.skip(length * bytes.width(each))
    return { kind: each, length, items: [] }
  }
  return { kind: each, length, items: Array.from({ length }, () => Number(bytes.number(each))) }
}

function readTensors(bytes: Reader, count: number, alignment: HeaderValue): HeaderTensor[] {
  if (typeof alignment !== 'number' || alignment < 1 || !Number.isInteger(Math.log2(alignment)))
    throw bytes.fault('general.alignment is no power of two')
  const aligned = (at: number) => Math.ceil(at / alignment) * alignment
  const tensors: HeaderTensor[] = []
  const ends: (readonly [name: string, end: number])[] = []
  /** Where the next one begins; not known behind a type that is not. */
  let next: number | undefined = 0

  for (let index = 0; index < count; index++) {
    const name = bytes.text()
    const rank = bytes.uint32()
    if (rank > 4) throw bytes.fault(`the tensor ${name} has ${rank} dimensions`)
    const dimensions = Array.from({ length: rank }, () => bytes.uint64())
    const [type, offset] = [bytes.uint32(), bytes.uint64()]
    // Some below are newer than this list; the runtime knows them or says so.
    if (type >= 64) throw bytes.fault(`the tensor ${name} has the type ${type}, which nobody knows`)
    const [block, width] = blocks[type] ?? [1, undefined]
    if (dimensions.includes(0) || (dimensions[0] ?? 1) % block !== 0)
      throw bytes.fault(
        `the tensor ${name} has ${dimensions.join(' × ')} weights, in blocks of ${block}`,
      )
    if (next !== undefined && offset !== next)
      throw bytes.fault(
        `the tensor ${name} begins at ${offset}, and the one before it ends at ${next}`,
      )
    const end: number | undefined =
      width === undefined
        ? undefined
        : offset + (dimensions.reduce((product, length) => product * length, 1) / block) * width
    next = end === undefined ? undefined : aligned(end)
    ends.push([name, end ?? offset])
    tensors.push({ name, dimensions })
  }

  const data = aligned(bytes.position())
  for (const [name, end] of ends)
    if (data + end > bytes.size)
      throw bytes.fault(`the tensor ${name} ends at ${data + end}, beyond the end of the file`)
  return tensors
}

type Reader = ReturnType<typeof reader>

/** Reads on from the beginning of a file; nothing beyond its end. */
function reader(file: number, size: number, fault: (at: number, why: string) => NanoError) {
  let at = 0
  let window = Buffer.alloc(0)
  let start = 0
  const refuse = (why: string) => fault(at, why)

  function skip(length: number): void {
    if (!(length <= size - at))
      throw refuse(`${length} bytes should come, and there are ${size - at}`)
    at += length
  }

  function take(length: number): Buffer {
    const from = at
    if (length > longest) throw refuse(`a text of ${length} bytes should come`)
    skip(length)
    if (at > start + window.length) {
      window = Buffer.alloc(Math.min(Math.max(chunk, length), size - from))
      start = from
      if (readSync(file, window, 0, window.length, start) < window.length)
        throw refuse('the file ended while it was read')
    }
    return window.subarray(from - start, at - start)
  }

  function uint64(): number {
    const value = Number(take(8).readBigUInt64LE())
    if (!Number.isSafeInteger(value)) throw refuse(`a count of ${value} is given`)
    return value
  }

  function width(kind: number): number {
    const bytes = widths[kind]
    if (!bytes) throw refuse(`a value of kind ${kind} is given, which GGUF does not have`)
    return bytes
  }

  const numbers: Record<number, (bytes: Buffer) => number> = {
    0: (bytes) => bytes.readUInt8(),
    1: (bytes) => bytes.readInt8(),
    2: (bytes) => bytes.readUInt16LE(),
    3: (bytes) => bytes.readInt16LE(),
    4: (bytes) => bytes.readUInt32LE(),
    5: (bytes) => bytes.readInt32LE(),
    6: (bytes) => bytes.readFloatLE(),
    7: (bytes) => bytes.readUInt8(),
    10: (bytes) => Number(bytes.readBigUInt64LE()),
    11: (bytes) => Number(bytes.readBigInt64LE()),
    12: (bytes) => bytes.readDoubleLE(),
  }

  return {
    size,
    skip,
    uint64,
    width,
    fault: refuse,
    position: () => at,
    uint32: () => take(4).readUInt32LE(),
    text: () => take(uint64()).toString('latin1'),
    number: (kind: number) => numbers[kind]?.(take(width(kind))) ?? width(kind),
  }
}

/**
 * Weights in a block, and its bytes, by the number of the type.
 * @see https://github.com/ggml-org/llama.cpp/blob/master/ggml/src/ggml-common.h
 */
const blocks: Readonly<Record<number, readonly [weights: number, bytes: number]>> = {
  0: [1, 4],
  1: [1, 2],
  24: [1, 1],
  25: [1, 2],
  26: [1, 4],
  27: [1, 8],
  28: [1, 8],
  30: [1, 2],
  2: [32, 18],
  3: [32, 20],
  6: [32, 22],
  7: [32, 24],
  8: [32, 34],
  9: [32, 36],
  20: [32, 18],
  39: [32, 17],
  10: [256, 84],
  11: [256, 110],
  12: [256, 144],
  13: [256, 176],
  14: [256, 210],
  15: [256, 292],
  16: [256, 66],
  17: [256, 74],
  18: [256, 98],
  19: [256, 50],
  21: [256, 110],
  22: [256, 82],
  23: [256, 136],
  29: [256, 56],
  34: [256, 54],
  35: [256, 66],
}
