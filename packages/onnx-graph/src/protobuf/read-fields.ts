import { NanoError } from '@nano/core'

/** A field of a message. */
export interface Field {
  readonly number: number
  /** Of an integer or enum; 0 for the others. */
  readonly integer: number
  /** Of a string, bytes or message: a view, empty for the others. */
  readonly bytes: Uint8Array
  /** With its tag: what a writer that keeps it copies. */
  readonly whole: Uint8Array
}

const nothing = new Uint8Array(0)

/** The fields of a protobuf message in order. Throws `bad-model` for what is none. */
export function fieldsOf(message: Uint8Array): readonly Field[] {
  const fields: Field[] = []
  let at = 0

  function varint(): number {
    let value = 0
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = message[at++]
      if (byte === undefined) break
      // Not by bits: lengths go beyond 31 of them.
      value += (byte & 127) * 2 ** shift
      if (byte < 128) return value
    }
    throw broken()
  }

  while (at < message.length) {
    const begin = at
    const tag = varint()
    const [number, type] = [Math.floor(tag / 8), tag % 8]
    const integer = type === 0 || type === 2 ? varint() : 0
    const size = { 1: 8, 2: integer, 5: 4 }[type] ?? (type === 0 ? 0 : Infinity)
    const bytes = type === 2 ? message.subarray(at, at + size) : nothing
    at += size
    if (number === 0 || at > message.length) throw broken()
    fields.push({
      number,
      integer: type === 0 ? integer : 0,
      bytes,
      whole: message.subarray(begin, at),
    })
  }
  return fields
}

/** A field that is a string. */
export function textOf({ bytes }: Pick<Field, 'bytes'>): string {
  return new TextDecoder().decode(bytes)
}

function broken(): NanoError {
  return new NanoError(
    'bad-model',
    'forge: these bytes are not an ONNX model, or are cut short. Get the file again and compare its size with the original.',
  )
}
