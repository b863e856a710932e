import { NanoError } from '@nano/core'
import type { OnnxTensor } from '../tensor.ts'

/** Part of an encoded protobuf message. Where a tensor stands, its writer puts the bytes. */
export interface EncodedMessage {
  readonly pieces: readonly (Uint8Array | OnnxTensor)[]
  /** Bytes, those of the tensors included. */
  readonly size: number
}

/** Protobuf's wire types. */
const wireTypes = { varint: 0, lengthDelimited: 2, fixed32: 5 } as const

/** Encodes a field that is an integer or an enum. */
export function integerField(field: number, value: number | bigint): EncodedMessage {
  return rawBytes(tag(field, wireTypes.varint), varint(value))
}

/** Encodes a field that is a float. */
export function floatField(field: number, value: number): EncodedMessage {
  return rawBytes(tag(field, wireTypes.fixed32), new Uint8Array(Float32Array.of(value).buffer))
}

/** Encodes a field that is a string. */
export function stringField(field: number, value: string): EncodedMessage {
  return messageField(field, rawBytes(new TextEncoder().encode(value)))
}

/** Encodes a field that is a message with these fields. */
export function messageField(field: number, ...fields: readonly EncodedMessage[]): EncodedMessage {
  const message = concatFields(fields)
  return concatFields([
    rawBytes(tag(field, wireTypes.lengthDelimited), varint(message.size)),
    message,
  ])
}

/** Puts fields one after another. */
export function concatFields(fields: readonly EncodedMessage[]): EncodedMessage {
  return {
    pieces: fields.flatMap(({ pieces }) => pieces),
    size: fields.reduce((sum, { size }) => sum + size, 0),
  }
}

/** Takes bytes that are encoded already. */
export function rawBytes(...pieces: readonly Uint8Array[]): EncodedMessage {
  return { pieces, size: pieces.reduce((sum, { length }) => sum + length, 0) }
}

/** Copies a message into one array. Its tensors must have their bytes in memory. */
export function toBytes({ pieces, size }: EncodedMessage): Uint8Array {
  const message = new Uint8Array(size)
  let offset = 0
  for (const piece of pieces) {
    const bytes = piece instanceof Uint8Array ? piece : piece.bytes
    if (!(bytes instanceof Uint8Array))
      throw new NanoError('internal', 'onnx-graph: a constant that was added has no bytes')
    message.set(bytes, offset)
    offset += bytes.length
  }
  return message
}

function tag(field: number, wireType: number): Uint8Array {
  return varint((field << 3) | wireType)
}

/** Seven bits per byte, the lowest first. A negative number takes ten bytes. */
function varint(value: number | bigint): Uint8Array {
  const bytes: number[] = []
  let remainingBits = BigInt.asUintN(64, BigInt(value))
  for (; remainingBits > 127n; remainingBits >>= 7n) bytes.push(Number(remainingBits & 127n) | 128)
  return Uint8Array.from([...bytes, Number(remainingBits)])
}
