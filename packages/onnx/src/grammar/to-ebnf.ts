import { type NumberRange, utf8Ranges } from './utf8-ranges.ts'

/** A rule of its own: the library takes time with the square of what is optional. */
const optionalSpace = 'optional-space'

/**
 * Translates GBNF to a grammar over ASCII, which writes other bytes as pairs of characters. The
 * library's own character sets are wrong beyond ASCII: it takes `[é]` for one byte, and matches too
 * much with `[^é]`.
 * @see https://xgrammar.mlc.ai/docs/tutorials/ebnf_grammar.html
 */
export function toEbnf(gbnf: string): string {
  /** A set or the name of a rule for each set of GBNF, by the text between the brackets. */
  const sets = new Map<string, string>()
  const setRules: string[] = []

  function translateSet(source: string): string {
    const translatedSet = sets.get(source)
    if (translatedSet !== undefined) return translatedSet
    const sequences = writeSet(source)
    const [only = ''] = sequences
    const isOneCharacter = sequences.length === 1 && !only.includes(' ')
    const set = isOneCharacter ? only : `set-of-characters-${setRules.length}`
    if (!isOneCharacter) setRules.push(`${set} ::= ${sequences.join(' | ')}`)
    sets.set(source, set)
    return set
  }

  const pieces = /" "\?|#[^\n]*|"(?:[^"\\]|\\.)*"|\[(?:[^\]\\]|\\.)*\]|\./gsu
  const rules = gbnf.replaceAll(pieces, (piece) => {
    if (piece === '" "?') return optionalSpace
    if (piece.startsWith('#')) return ''
    if (piece.startsWith('"')) {
      const text = String.fromCodePoint(...readCodePoints(piece.slice(1, -1)))
      return `"${escapeText(toAscii(new TextEncoder().encode(text)))}"`
    }
    return translateSet(piece === '.' ? '^' : piece.slice(1, -1))
  })
  const spaceRules = rules.includes(optionalSpace) ? [`${optionalSpace} ::= " "?`] : []
  return [rules, ...spaceRules, ...setRules].join('\n')
}

/** The ASCII that stands for itself: all but NUL, and 16 that no text has, which begin a pair. */
const plainRanges: readonly NumberRange[] = [
  [0x01, 0x0f],
  [0x20, 0x7f],
]
const firstOfPairs = 0x10

/** Bytes as the translated grammar writes them; a pair has a hexadecimal digit for each half. */
export function toAscii(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => {
    const isPlain = plainRanges.some(([from, to]) => from <= byte && byte <= to)
    if (isPlain) return String.fromCharCode(byte)
    return String.fromCharCode(firstOfPairs + (byte >> 4)) + (byte & 15).toString(16)
  }).join('')
}

function escapeText(text: string): string {
  return text.replaceAll(
    /[^a-zA-Z0-9]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/** The sequences of sets that write one character of a set. */
function writeSet(source: string): readonly string[] {
  const listedRanges = readRanges(source.replace(/^\^/, ''))
  const ranges = source.startsWith('^') ? complement(listedRanges) : listedRanges
  const plain = intersect(ranges, plainRanges).map(writeRange).join('')
  const pairs = intersect(ranges, complement(plainRanges)).flatMap(utf8Ranges)
  return [
    ...(plain ? [`[${plain}]`] : []),
    ...pairs.map((bytes) => bytes.map(writePairs).join(' ')),
  ]
}

function writeRange([from, to]: NumberRange): string {
  return `${escapeText(String.fromCharCode(from))}-${escapeText(String.fromCharCode(to))}`
}

/** A range of bytes that are pairs. */
function writePairs([from, to]: NumberRange): string {
  const [first, last] = [from >> 4, to >> 4]
  const writePair = ([from, to]: NumberRange, low: NumberRange) =>
    `[${writeRange([firstOfPairs + from, firstOfPairs + to])}] ${writeDigits(low)}`
  if (first === last) return writePair([first, first], [from & 15, to & 15])
  const firstWhole = (from & 15) === 0 ? first : first + 1
  const lastWhole = (to & 15) === 15 ? last : last - 1
  const parts = [
    ...(firstWhole > first ? [writePair([first, first], [from & 15, 15])] : []),
    ...(firstWhole <= lastWhole ? [writePair([firstWhole, lastWhole], [0, 15])] : []),
    ...(lastWhole < last ? [writePair([last, last], [0, to & 15])] : []),
  ]
  return parts.length === 1 ? (parts[0] ?? '') : `(${parts.join(' | ')})`
}

function writeDigits([from, to]: NumberRange): string {
  return `[${'0123456789abcdef'.slice(from, to + 1)}]`
}

/** One character of a set or a text, escaped or not. */
const characterPattern = /\\x[0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\U[0-9a-fA-F]{8}|\\.|./gsu

function readCodePoints(source: string): readonly number[] {
  return (source.match(characterPattern) ?? []).map(readCodePoint)
}

function readRanges(source: string): readonly NumberRange[] {
  const characters = source.match(characterPattern) ?? []
  const ranges: NumberRange[] = []
  for (let index = 0; index < characters.length; index++) {
    const from = readCodePoint(characters[index] ?? '')
    const end = characters[index + 1] === '-' ? characters[index + 2] : undefined
    if (end !== undefined) index += 2
    ranges.push([from, end === undefined ? from : readCodePoint(end)])
  }
  return ranges
}

const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f' }

function readCodePoint(source: string): number {
  if (/^\\[xuU]./.test(source)) return Number.parseInt(source.slice(2), 16)
  if (!source.startsWith('\\')) return source.codePointAt(0) ?? 0
  const character = source.slice(1)
  return (escapes[character] ?? character).codePointAt(0) ?? 0
}

const maxCodePoint = 0x10ffff

function complement(ranges: readonly NumberRange[]): readonly NumberRange[] {
  const gaps: NumberRange[] = []
  let next = 0
  for (const [from, to] of ranges.toSorted(([a], [b]) => a - b)) {
    if (from > next) gaps.push([next, from - 1])
    next = Math.max(next, to + 1)
  }
  return next > maxCodePoint ? gaps : [...gaps, [next, maxCodePoint]]
}

function intersect(
  ranges: readonly NumberRange[],
  otherRanges: readonly NumberRange[],
): readonly NumberRange[] {
  return otherRanges.flatMap(([first, last]) =>
    ranges
      .map(([from, to]): NumberRange => [Math.max(first, from), Math.min(last, to)])
      .filter(([from, to]) => from <= to),
  )
}
