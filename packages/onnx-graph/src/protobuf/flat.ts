import { NanoError } from '@nano/core'
import type { Encoded } from './encode-fields.ts'

/** A message in one piece. */
export function flat({ pieces, size }: Encoded): Uint8Array {
  const whole = new Uint8Array(size)
  let at = 0
  for (const piece of pieces) {
    // What is added to a model that was read is small, and its bytes are there.
    const written = piece instanceof Uint8Array ? piece : piece.bytes
    if (!(written instanceof Uint8Array))
      throw new NanoError('internal', 'forge: a constant has no bytes')
    whole.set(written, at)
    at += written.length
  }
  return whole
}
