import { NanoError } from '@nano/core'

/** A field of an encoded message. */
export interface Field {
  readonly number: number
  /** The value of an integer or enum, signed; 0 for other types. */
  readonly integer: number
  /** The content of a string, bytes or message, as a view; empty for other types. */
  readonly bytes: Uint8Array
  /** The field with its tag, as a view. Copying it keeps the field unchanged. */
  readonly encoded: Uint8Array
}

const noBytes = new Uint8Array(0)

/** Parses the fields of a protobuf message, in order. Throws `bad-model` for other bytes. */
export function parseFields(message: Uint8Array): readonly Field[] {
  const fields: Field[] = []
  let offset = 0

  function readVarint(): number {
    // Lengths can take more than 31 bits, so this multiplies instead of shifting.
    let [value, complement] = [0, 0]
    for (let shift = 0; shift < 63; shift += 7) {
      const byte = message[offset++]
      if (byte === undefined) throw brokenMessageError()
      value += (byte & 127) * 2 ** shift
      complement += (~byte & 127) * 2 ** shift
      if (byte < 128) return value
    }
    // A tenth byte holds bit 63 alone: the integer is negative, in two's complement.
    if (message[offset++] !== 1) throw brokenMessageError()
    return -1 - complement
  }

  while (offset < message.length) {
    const start = offset
    const tag = readVarint()
    const [number, wireType] = [Math.floor(tag / 8), tag % 8]
    const integer = wireType === 0 || wireType === 2 ? readVarint() : 0
    const size = { 1: 8, 2: integer, 5: 4 }[wireType] ?? (wireType === 0 ? 0 : Infinity)
    const bytes = wireType === 2 ? message.subarray(offset, offset + size) : noBytes
    offset += size
    if (number === 0 || offset > message.length) throw brokenMessageError()
    fields.push({
      number,
      integer: wireType === 0 ? integer : 0,
      bytes,
      encoded: message.subarray(start, offset),
    })
  }
  return fields
}

/** Finds the first field of that number. */
export function findField(fields: readonly Field[], number: number): Field | undefined {
  return fields.find((field) => field.number === number)
}

/** Finds all fields with one of these numbers. */
export function filterFields(
  fields: readonly Field[],
  ...numbers: readonly number[]
): readonly Field[] {
  return fields.filter(({ number }) => numbers.includes(number))
}

/** Decodes a field that is a string. An absent one is empty. */
export function decodeText(field: Pick<Field, 'bytes'> | undefined): string {
  return new TextDecoder().decode(field?.bytes)
}

function brokenMessageError(): NanoError {
  return new NanoError(
    'bad-model',
    'onnx-graph: the bytes are not an ONNX model, or the file is cut short. ' +
      'Get the file again and compare its size with the original.',
  )
}
