import { countCodePoints } from '../text/code-points.ts'
import { joinTexts, repeatText } from '../text/text.ts'
import type { Run, TextValue } from '../values/value.ts'

export type Alignment = '<' | '>' | '^'

/** Fills a text up to a width in code points. */
export function padText(
  text: TextValue,
  { width, fill, alignment }: { width: number; fill: TextValue; alignment: Alignment },
  run: Run,
): TextValue {
  const missing = width - countCodePoints(text.string)
  if (missing <= 0) return text
  run.meter.chargeText(width)
  // `center` and `^` round differently; this is `^`.
  const before = alignment === '<' ? 0 : alignment === '>' ? missing : Math.floor(missing / 2)
  return joinTexts([repeatText(fill, before), text, repeatText(fill, missing - before)])
}
