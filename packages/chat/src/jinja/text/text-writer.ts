import type { Run, TextValue } from '../values/value.ts'
import { joinTexts, plainText } from './text.ts'

/** Collects the parts of a text, which are paid for as they are written. */
export interface TextWriter {
  write(part: string | TextValue): void
  /** Everything written, as one text. */
  join(): TextValue
}

export function textWriter(run: Run): TextWriter {
  const parts: TextValue[] = []
  let length = 0
  return {
    write(part) {
      const text = typeof part === 'string' ? plainText(part) : part
      length += text.string.length
      run.meter.charge(1)
      run.meter.chargeOutput(length, text.string.length)
      parts.push(text)
    },
    join: () => joinTexts(parts),
  }
}
