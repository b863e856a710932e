import { computeTensorSize } from '../tensors/gguf-tensor.ts'
import { tensorTypes } from '../tensors/tensor-types.ts'
import { ByteWriter } from './byte-writer.ts'
import type { GgufContents, GgufValue } from './gguf-contents.ts'

/** Bytes that every tensor starts at a multiple of, by GGUF's default. */
const alignment = 32

/** GGUF's numbers for kinds of values. */
const valueKinds = {
  uint16: 2,
  uint32: 4,
  int32: 5,
  float32: 6,
  boolean: 7,
  string: 8,
  array: 9,
  uint64: 10,
} as const

/**
 * Encodes everything before the weights, with padding, in GGUF version 3.
 * @see https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
 */
export function encodeHeader({ metadata, tensors }: GgufContents): Uint8Array {
  const writer = new ByteWriter()
  writer.writeBytes(new TextEncoder().encode('GGUF'))
  writer.writeUint32(3)
  writer.writeUint64(tensors.length)
  const entries = Object.entries(metadata)
  writer.writeUint64(entries.length)
  for (const [key, value] of entries) {
    writer.writeString(key)
    writeValue(writer, value)
  }

  let offset = 0
  for (const tensor of tensors) {
    writer.writeString(tensor.name)
    writer.writeUint32(tensor.dimensions.length)
    for (const size of tensor.dimensions) writer.writeUint64(size)
    writer.writeUint32(tensorTypes[tensor.type].id)
    writer.writeUint64(offset)
    offset += alignOffset(computeTensorSize(tensor))
  }
  writer.writeBytes(new Uint8Array(alignOffset(writer.length) - writer.length))
  return writer.bytes()
}

/** Rounds up to the alignment of tensors. */
export function alignOffset(offset: number): number {
  return Math.ceil(offset / alignment) * alignment
}

function writeValue(writer: ByteWriter, value: GgufValue): void {
  if (typeof value === 'string') {
    writer.writeUint32(valueKinds.string)
    writer.writeString(value)
  } else if (typeof value === 'boolean') {
    writer.writeUint32(valueKinds.boolean)
    writer.writeBytes(Uint8Array.of(value ? 1 : 0))
  } else if (ArrayBuffer.isView(value)) {
    writeArrayStart(writer, kindOf(value), value.length)
    writer.writeBytes(new Uint8Array(value.buffer, value.byteOffset, value.byteLength))
  } else if ('type' in value) {
    writer.writeUint32(valueKinds[value.type])
    if (value.type === 'uint64') writer.writeUint64(value.value)
    else writer.writeBytes(new Uint8Array(numberArrays[value.type].of(value.value).buffer))
  } else {
    writeArrayStart(writer, valueKinds.string, value.length)
    for (const text of value) writer.writeString(text)
  }
}

function writeArrayStart(writer: ByteWriter, kind: number, length: number): void {
  writer.writeUint32(valueKinds.array)
  writer.writeUint32(kind)
  writer.writeUint64(length)
}

const numberArrays = {
  uint16: Uint16Array,
  uint32: Uint32Array,
  int32: Int32Array,
  float32: Float32Array,
} as const

function kindOf(array: Int32Array | Uint32Array | Float32Array): number {
  if (array instanceof Int32Array) return valueKinds.int32
  return array instanceof Uint32Array ? valueKinds.uint32 : valueKinds.float32
}
