import { closeSync, openSync, readSync } from 'node:fs'
import { NanoError } from '@nano/core'
import { dequantisers } from './dequantise.ts'
import { aligned, tensorSize } from './header.ts'
import { tensorTypes, type TensorType } from './tensor-types.ts'

/** A value of a file's metadata as it is used: integers of 64 bits are numbers too. */
export type ReadValue =
  | string
  | boolean
  | number
  | readonly string[]
  | readonly number[]
  | readonly boolean[]

/** A tensor of a file. */
export interface ReadTensor {
  /** In ggml's order: the length of a row first, then how many rows. */
  readonly dimensions: readonly number[]
  readonly type: TensorType
  /**
   * In full precision; the array is the same each time. Throws `unsupported` for a type that cannot
   * be read.
   */
  readonly row: (index: number) => Float32Array
}

/** An open GGUF file. */
export interface GgufFile {
  readonly metadata: Readonly<Record<string, ReadValue>>
  readonly tensors: ReadonlyMap<string, ReadTensor>
  /** To be called once; no row can be read after. */
  readonly close: () => void
}

/** Bytes read at once. */
const windowSize = 2 ** 20

/**
 * Opens a GGUF file; rows are read when they are asked for. Throws `not-found` for a missing file
 * and `bad-model` for what is no GGUF of version 2 or 3, or is cut short.
 */
export function readGguf(path: string): GgufFile {
  const file = opened(path)
  try {
    const reader = new Reader(path, file)
    if (reader.uint32() !== 0x4655_4747)
      throw new NanoError(
        'bad-model',
        `forge: ${path} is not a GGUF file. Give one that begins with GGUF.`,
      )
    const version = reader.uint32()
    if (version !== 2 && version !== 3)
      throw new NanoError(
        'bad-model',
        `forge: ${path} is GGUF version ${version}. Give version 2 or 3.`,
      )
    const [tensorCount, entries] = [reader.uint64(), reader.uint64()]
    const metadata: Record<string, ReadValue> = {}
    for (let index = 0; index < entries; index++) metadata[reader.string()] = readValue(reader)
    const infos = Array.from({ length: tensorCount }, () => readInfo(reader))
    const start = aligned(reader.position)
    return {
      metadata,
      tensors: new Map(
        infos.map(({ name, offset, dimensions, type }) => [
          name,
          {
            dimensions,
            type,
            row: rowReader({ path, file, at: start + offset, name, dimensions, type }),
          },
        ]),
      ),
      close: () => closeSync(file),
    }
  } catch (error) {
    closeSync(file)
    throw error
  }
}

function opened(path: string): number {
  try {
    return openSync(path, 'r')
  } catch (cause) {
    throw new NanoError(
      'not-found',
      `forge: ${path} cannot be read. Give the path of a GGUF file.`,
      { cause },
    )
  }
}

interface Info {
  readonly name: string
  readonly dimensions: readonly number[]
  readonly type: TensorType
  readonly offset: number
}

function readInfo(reader: Reader): Info {
  const name = reader.string()
  const dimensions = Array.from({ length: reader.uint32() }, () => reader.uint64())
  const id = reader.uint32()
  const type = (Object.keys(tensorTypes) as TensorType[]).find(
    (type) => tensorTypes[type].id === id,
  )
  if (!type)
    throw new NanoError(
      'unsupported',
      `forge: tensor ${name} has type ${id}. Give a file of ${Object.keys(dequantisers).join(', ')}.`,
    )
  return { name, dimensions, type, offset: reader.uint64() }
}

/** Reads some rows ahead. */
function rowReader({
  path,
  file,
  at,
  name,
  dimensions,
  type,
}: { readonly path: string; readonly file: number; readonly at: number } & Omit<Info, 'offset'>): (
  index: number,
) => Float32Array {
  const [length = 0, rows = 1] = dimensions
  const size = tensorSize({ dimensions: [length], type })
  const ahead = Math.max(1, Math.floor(windowSize / size))
  const values = new Float32Array(length)
  let bytes: Uint8Array | undefined
  let first = -1
  return (index) => {
    const dequantise = dequantisers[type]
    if (!dequantise)
      throw new NanoError(
        'unsupported',
        `forge: tensor ${name} is ${type}. Give a file of ${Object.keys(dequantisers).join(', ')}.`,
      )
    const start = index - (index % ahead)
    if (!bytes || start !== first) {
      bytes = readAt(path, file, {
        position: at + start * size,
        length: Math.min(ahead, rows - start) * size,
      })
      first = start
    }
    dequantise(bytes.subarray((index - start) * size, (index - start + 1) * size), values)
    return values
  }
}

function readAt(
  path: string,
  file: number,
  { position, length }: { readonly position: number; readonly length: number },
): Uint8Array {
  const bytes = new Uint8Array(length)
  for (let done = 0; done < length;) {
    const read = readSync(file, bytes, done, length - done, position + done)
    if (read === 0)
      throw new NanoError(
        'bad-model',
        `forge: ${path} ends at byte ${position + done}, before it is whole. Copy it again.`,
      )
    done += read
  }
  return bytes
}

/** Kinds of values that are numbers, and how to read them. */
const numbers: Readonly<Record<number, (reader: Reader) => number>> = {
  0: (reader) => reader.view(1).getUint8(0),
  1: (reader) => reader.view(1).getInt8(0),
  2: (reader) => reader.view(2).getUint16(0, true),
  3: (reader) => reader.view(2).getInt16(0, true),
  4: (reader) => reader.uint32(),
  5: (reader) => reader.view(4).getInt32(0, true),
  6: (reader) => reader.view(4).getFloat32(0, true),
  10: (reader) => reader.uint64(),
  11: (reader) => Number(reader.view(8).getBigInt64(0, true)),
  12: (reader) => reader.view(8).getFloat64(0, true),
}

function readValue(reader: Reader, kind = reader.uint32()): ReadValue {
  const number = numbers[kind]
  if (number) return number(reader)
  if (kind === 7) return reader.view(1).getUint8(0) !== 0
  if (kind === 8) return reader.string()
  if (kind !== 9)
    throw new NanoError(
      'bad-model',
      `forge: a value of kind ${kind}, which GGUF does not have. Copy the file again.`,
    )
  const each = reader.uint32()
  return Array.from({ length: reader.uint64() }, () => readValue(reader, each)) as readonly string[]
}

/** Reads a header from its beginning. */
class Reader {
  /** Of the next byte in the file. */
  position = 0
  readonly #path: string
  readonly #file: number
  #window = new Uint8Array(0)
  #start = 0

  constructor(path: string, file: number) {
    this.#path = path
    this.#file = file
  }

  uint32(): number {
    return this.view(4).getUint32(0, true)
  }

  uint64(): number {
    return Number(this.view(8).getBigUint64(0, true))
  }

  string(): string {
    const { buffer, byteOffset, byteLength } = this.view(this.uint64())
    return new TextDecoder().decode(new Uint8Array(buffer, byteOffset, byteLength))
  }

  view(length: number): DataView {
    const at = this.position - this.#start
    if (at + length > this.#window.length) {
      const bytes = new Uint8Array(Math.max(windowSize, length))
      const read = readSync(this.#file, bytes, 0, bytes.length, this.position)
      if (read < length)
        throw new NanoError(
          'bad-model',
          `forge: ${this.#path} ends within its header. Copy it again.`,
        )
      this.#window = bytes.subarray(0, read)
      this.#start = this.position
    }
    const view = new DataView(this.#window.buffer, this.position - this.#start, length)
    this.position += length
    return view
  }
}
