import type { OnnxTensor } from '../graph/onnx-graph.ts'

/** Part of a protobuf message: its bytes, with tensors where theirs go in. */
export interface Encoded {
  readonly pieces: readonly (Uint8Array | OnnxTensor)[]
  readonly size: number
}

/** Wire types: varint, length-delimited, 32 bits. */
const [varintType, lengthType, fixedType] = [0, 2, 5]

/** A field that is an integer or an enum. */
export function integer(field: number, value: number | bigint): Encoded {
  return bytes(tag(field, varintType), varint(value))
}

/** A field that is a float. */
export function float(field: number, value: number): Encoded {
  return bytes(tag(field, fixedType), new Uint8Array(Float32Array.of(value).buffer))
}

/** A field that is a string. */
export function text(field: number, value: string): Encoded {
  return nested(field, bytes(new TextEncoder().encode(value)))
}

/** A field that is a message of these fields. */
export function nested(field: number, ...fields: readonly Encoded[]): Encoded {
  const { pieces, size } = joined(fields)
  return joined([bytes(tag(field, lengthType), varint(size)), { pieces, size }])
}

/** Fields one after another. */
export function joined(fields: readonly Encoded[]): Encoded {
  return {
    pieces: fields.flatMap(({ pieces }) => pieces),
    size: fields.reduce((sum, { size }) => sum + size, 0),
  }
}

/** Bytes as they are. */
export function bytes(...pieces: readonly Uint8Array[]): Encoded {
  return { pieces, size: pieces.reduce((sum, { length }) => sum + length, 0) }
}

function tag(field: number, type: number): Uint8Array {
  return varint((field << 3) | type)
}

/** Seven bits a byte, the lowest first; a negative number takes ten. */
function varint(value: number | bigint): Uint8Array {
  const out: number[] = []
  let rest = BigInt.asUintN(64, BigInt(value))
  for (; rest > 127n; rest >>= 7n) out.push(Number(rest & 127n) | 128)
  return Uint8Array.from([...out, Number(rest)])
}
