import { closeSync, openSync } from 'node:fs'
import { NanoError } from '@nano/core'
import { type ByteReader, byteReader } from './byte-reader.ts'
import { type HeaderTensor, readTensors } from './read-tensors.ts'

/** What stands before the weights of a file. */
export interface GgufHeader {
  readonly values: ReadonlyMap<string, HeaderValue>
  readonly tensors: readonly HeaderTensor[]
}

export type HeaderValue = string | number | HeaderArray

interface HeaderArray {
  /** Of its items, as GGUF numbers the kinds of values. */
  readonly kind: number
  readonly length: number
  /**
   * The numbers of a short array, and the tokens, one character for each byte: two tokens may
   * differ in bytes that are no text. Empty for other arrays.
   */
  readonly items: readonly (string | number)[]
}

/** As GGUF numbers the kinds of values. */
export const valueKinds = { int32: 5, float32: 6, string: 8, array: 9 } as const

/**
 * Reads the header of a GGUF of `size` bytes, and checks every length in it against that: the
 * runtime trusts them, and ends the process over some. Throws `bad-model` with the byte where it
 * stops making sense.
 * @see https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
 */
export function readHeader(path: string, size: number): GgufHeader {
  const fault = (position: number, reason: string) =>
    new NanoError(
      'bad-model',
      `llama-cpp: ${path} is cut short or broken: at byte ${position} of ${size} ${reason}. ` +
        'Get it again and compare its size with the original.',
    )
  const file = openSync(path, 'r')
  try {
    const bytes = byteReader({ file, size, fault })
    bytes.skip(4)
    const version = bytes.uint32()
    if (version !== 2 && version !== 3)
      throw bytes.fault(`the GGUF version is ${version}, and only 2 and 3 can be read`)
    const [tensorCount, valueCount] = [bytes.uint64(), bytes.uint64()]

    const values = new Map<string, HeaderValue>()
    for (let index = 0; index < valueCount; index++) {
      const key = bytes.text()
      if (values.has(key)) throw bytes.fault(`the key ${key} exists twice`)
      values.set(key, readValue(bytes, key))
    }
    const alignment = values.get('general.alignment') ?? 32
    if (typeof alignment !== 'number' || !isPowerOfTwo(alignment))
      throw bytes.fault('general.alignment is not a power of two')
    return { values, tensors: readTensors(bytes, tensorCount, alignment) }
  } finally {
    closeSync(file)
  }
}

/** Longer arrays of numbers belong to the vocabulary. */
const shortArray = 4_096

function readValue(bytes: ByteReader, key: string): HeaderValue {
  const valueKind = bytes.uint32()
  if (valueKind === valueKinds.string) return bytes.text()
  if (valueKind !== valueKinds.array) return bytes.number(valueKind)

  const [kind, length] = [bytes.uint32(), bytes.uint64()]
  if (kind === valueKinds.string) {
    const items: string[] = []
    const areTokens = key === 'tokenizer.ggml.tokens'
    for (let index = 0; index < length; index++) {
      const text = bytes.text()
      if (areTokens) items.push(text)
    }
    return { kind, length, items }
  }
  if (length > shortArray) {
    bytes.skip(length * bytes.numberSize(kind))
    return { kind, length, items: [] }
  }
  return { kind, length, items: Array.from({ length }, () => bytes.number(kind)) }
}

function isPowerOfTwo(value: number): boolean {
  return value >= 1 && Number.isInteger(Math.log2(value))
}
