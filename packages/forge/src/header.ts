import type { GgufContents, GgufTensor, GgufValue } from './gguf.ts'
import { tensorTypes } from './tensor-types.ts'

/** Every tensor begins at a multiple of this many bytes, which is GGUF's default. */
const alignment = 32

/** Numbers of GGUF's kinds of values. */
const kinds = {
  uint32: 4,
  int32: 5,
  float32: 6,
  boolean: 7,
  string: 8,
  array: 9,
  uint64: 10,
} as const

/**
 * Everything before the weights, padded, in GGUF version 3.
 * @see https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
 */
export function encodeHeader({ metadata, tensors }: GgufContents): Uint8Array {
  const out = new Bytes()
  out.uint32(0x4655_4747) // GGUF
  out.uint32(3)
  out.uint64(tensors.length)
  const entries = Object.entries(metadata)
  out.uint64(entries.length)
  for (const [key, value] of entries) {
    out.string(key)
    encodeValue(out, value)
  }

  let offset = 0
  for (const tensor of tensors) {
    out.string(tensor.name)
    out.uint32(tensor.dimensions.length)
    for (const size of tensor.dimensions) out.uint64(size)
    out.uint32(tensorTypes[tensor.type].id)
    out.uint64(offset)
    offset += aligned(tensorSize(tensor))
  }
  return out.padded()
}

/** Bytes of a tensor's weights, without padding. */
export function tensorSize({ dimensions, type }: Pick<GgufTensor, 'dimensions' | 'type'>): number {
  const { block, bytes } = tensorTypes[type]
  return (dimensions.reduce((product, size) => product * size, 1) / block) * bytes
}

/** The next multiple of the alignment. */
export function aligned(size: number): number {
  return Math.ceil(size / alignment) * alignment
}

function encodeValue(out: Bytes, value: GgufValue): void {
  if (typeof value === 'string') {
    out.uint32(kinds.string)
    out.string(value)
  } else if (typeof value === 'boolean') {
    out.uint32(kinds.boolean)
    out.raw(Uint8Array.of(value ? 1 : 0))
  } else if (
    value instanceof Int32Array ||
    value instanceof Uint32Array ||
    value instanceof Float32Array
  ) {
    encodeArray(
      out,
      value instanceof Int32Array
        ? kinds.int32
        : value instanceof Uint32Array
          ? kinds.uint32
          : kinds.float32,
      value.length,
    )
    out.raw(new Uint8Array(value.buffer, value.byteOffset, value.byteLength))
  } else if ('type' in value) {
    out.uint32(kinds[value.type])
    if (value.type === 'uint64') out.uint64(value.value)
    else
      out.raw(
        new Uint8Array(
          (value.type === 'float32'
            ? Float32Array
            : value.type === 'int32'
              ? Int32Array
              : Uint32Array
          ).of(value.value).buffer,
        ),
      )
  } else {
    encodeArray(out, kinds.string, value.length)
    for (const text of value) out.string(text)
  }
}

function encodeArray(out: Bytes, kind: number, length: number): void {
  out.uint32(kinds.array)
  out.uint32(kind)
  out.uint64(length)
}

/**
 * Grows by doubling: a vocabulary is 400,000 strings, and as many small arrays would take longer
 * than the weights.
 */
class Bytes {
  readonly #encoder = new TextEncoder()
  #bytes = new Uint8Array(65_536)
  #view = new DataView(this.#bytes.buffer)
  #length = 0

  uint32(value: number): void {
    this.#view.setUint32(this.#room(4), value, true)
  }

  uint64(value: number | bigint): void {
    this.#view.setBigUint64(this.#room(8), BigInt(value), true)
  }

  string(text: string): void {
    // No character takes more than three bytes per UTF-16 unit.
    const start = this.#room(8 + 3 * text.length)
    const { written } = this.#encoder.encodeInto(text, this.#bytes.subarray(start + 8))
    this.#view.setBigUint64(start, BigInt(written), true)
    this.#length = start + 8 + written
  }

  raw(bytes: Uint8Array): void {
    const start = this.#room(bytes.length)
    this.#bytes.set(bytes, start)
  }

  padded(): Uint8Array {
    this.raw(new Uint8Array(aligned(this.#length) - this.#length))
    return this.#bytes.subarray(0, this.#length)
  }

  /** Where that many bytes can be put; what is not used has to be taken back. */
  #room(size: number): number {
    const start = this.#length
    this.#length += size
    if (this.#length > this.#bytes.length) {
      const bytes = new Uint8Array(2 * this.#length)
      bytes.set(this.#bytes.subarray(0, start))
      this.#bytes = bytes
      this.#view = new DataView(bytes.buffer)
    }
    return start
  }
}
