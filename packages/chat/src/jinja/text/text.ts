import type { Run, TextValue } from '../values/value.ts'

/** A piece of the output: written by the template itself, or taken from what people said. */
export interface TextPiece {
  readonly text: string
  readonly isFromCaller: boolean
}

/** A text of the template's own. */
export function plainText(string: string): TextValue {
  return { type: 'text', string, callerRanges: [], isMarkup: false }
}

/** A text that is the caller's throughout. */
export function callerText(string: string): TextValue {
  const callerRanges = string ? [0, string.length] : []
  return { type: 'text', string, callerRanges, isMarkup: false }
}

export function toMarkup(text: TextValue): TextValue {
  return text.isMarkup ? text : { ...text, isMarkup: true }
}

export function withoutMarkup(text: TextValue): TextValue {
  return text.isMarkup ? { ...text, isMarkup: false } : text
}

/** The part between two offsets in UTF-16 units. */
export function sliceText(text: TextValue, start: number, end = text.string.length): TextValue {
  if (start <= 0 && end >= text.string.length) return text
  const { callerRanges, isMarkup } = text
  const string = text.string.slice(start, end)
  if (callerRanges.length === 0) return { type: 'text', string, callerRanges, isMarkup }

  const ranges: number[] = []
  for (let index = findRange(callerRanges, start); index < callerRanges.length; index += 2) {
    const from = Math.max(callerRanges[index] ?? 0, start)
    const to = Math.min(callerRanges[index + 1] ?? 0, end)
    if (from >= end) break
    if (from < to) ranges.push(from - start, to - start)
  }
  return { type: 'text', string, callerRanges: ranges, isMarkup }
}

/** Where the first range stands that ends behind an offset; looked for by halves. */
function findRange(ranges: readonly number[], offset: number): number {
  let [low, high] = [0, ranges.length / 2]
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    if ((ranges[2 * middle + 1] ?? 0) > offset) high = middle
    else low = middle + 1
  }
  return 2 * low
}

/** The texts one after another; not markup, whatever they are. */
export function joinTexts(texts: readonly TextValue[]): TextValue {
  const [first] = texts
  if (texts.length === 1 && first && !first.isMarkup) return first
  const ranges: number[] = []
  const strings: string[] = []
  let offset = 0
  for (const { string, callerRanges } of texts) {
    for (let index = 0; index < callerRanges.length; index += 2) {
      const from = offset + (callerRanges[index] ?? 0)
      const to = offset + (callerRanges[index + 1] ?? 0)
      if (ranges.at(-1) === from) ranges[ranges.length - 1] = to
      else ranges.push(from, to)
    }
    strings.push(string)
    offset += string.length
  }
  return { type: 'text', string: strings.join(''), callerRanges: ranges, isMarkup: false }
}

/** The text so many times. */
export function repeatText(text: TextValue, count: number): TextValue {
  const times = text.string ? Math.max(count, 0) : 0
  if (text.callerRanges.length > 0)
    return keepMarkup(text, joinTexts(Array.from({ length: times }, () => text)))
  return { ...text, string: text.string.repeat(times) }
}

/** The text with something put between its texts. */
export function joinTextsWith(separator: TextValue, texts: readonly TextValue[]): TextValue {
  if (!separator.string) return joinTexts(texts)
  return joinTexts(texts.flatMap((text, index) => (index ? [separator, text] : [text])))
}

export function piecesOf({ string, callerRanges }: TextValue): TextPiece[] {
  const pieces: TextPiece[] = []
  let offset = 0
  for (let index = 0; index < callerRanges.length; index += 2) {
    const from = callerRanges[index] ?? 0
    const to = callerRanges[index + 1] ?? 0
    if (offset < from) pieces.push({ text: string.slice(offset, from), isFromCaller: false })
    pieces.push({ text: string.slice(from, to), isFromCaller: true })
    offset = to
  }
  if (offset < string.length) pieces.push({ text: string.slice(offset), isFromCaller: false })
  return pieces
}

/** Changes a text by a rule that looks at one character at a time. */
export function mapCharacters(text: TextValue, change: (string: string) => string): TextValue {
  const pieces = piecesOf(text).map(({ text: piece, isFromCaller }) =>
    isFromCaller ? callerText(change(piece)) : plainText(change(piece)),
  )
  return keepMarkup(text, joinTexts(pieces))
}

/**
 * Changes a text by a rule that looks at its neighborhood. Where that changes the length of a mixed
 * text, all of it counts as the caller's.
 */
export function mapWhole(text: TextValue, change: (string: string) => string): TextValue {
  const string = change(text.string)
  if (text.callerRanges.length === 0) return { ...text, string }
  if (string.length === text.string.length) return { ...text, string }
  return keepMarkup(text, callerText(string))
}

/** The result of a method: markup if its receiver is. */
export function keepMarkup(receiver: TextValue, result: TextValue): TextValue {
  return receiver.isMarkup ? toMarkup(result) : result
}

/** A text that was found out from another, such as a number's digits. */
export function textLike(source: TextValue, string: string): TextValue {
  return source.callerRanges.length > 0 ? callerText(string) : plainText(string)
}

/** Escapes for HTML, unless it is markup already. */
export function escapeText(text: TextValue, run: Run): TextValue {
  if (text.isMarkup) return text
  run.meter.chargeText(text.string.length)
  const escapedText = mapCharacters(text, (string) => string.replaceAll(/[&<>'"]/g, entityOf))
  run.meter.chargeOutput(escapedText.string.length, escapedText.string.length - text.string.length)
  return toMarkup(escapedText)
}

function entityOf(character: string): string {
  return entities[character] ?? character
}

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  "'": '&#39;',
  '"': '&#34;',
}
