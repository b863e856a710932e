import { type NumberRange, utf8Ranges } from './utf8-ranges.ts'

/**
 * Translates GBNF to a grammar over bytes, each written as two hexadecimal digits. The library's
 * own character sets are wrong beyond ASCII: it takes `[é]` for one byte, and matches too much
 * with `[^é]`. The digits are ASCII.
 * @see https://xgrammar.mlc.ai/docs/tutorials/ebnf_grammar.html
 */
export function toEbnf(gbnf: string): string {
  /** The name of a rule for each set of characters, by the text between the brackets. */
  const setNames = new Map<string, string>()

  function nameSet(source: string): string {
    const name = setNames.get(source) ?? `set-of-characters-${setNames.size}`
    setNames.set(source, name)
    return name
  }

  const rules = gbnf.replaceAll(/#[^\n]*|"(?:[^"\\]|\\.)*"|\[(?:[^\]\\]|\\.)*\]|\./gsu, (piece) => {
    if (piece.startsWith('#')) return ''
    if (piece.startsWith('"')) {
      const text = String.fromCodePoint(...readCodePoints(piece.slice(1, -1)))
      return `"${toHex(new TextEncoder().encode(text))}"`
    }
    return nameSet(piece === '.' ? '^' : piece.slice(1, -1))
  })
  const setRules = [...setNames].map(([source, name]) => `${name} ::= ${writeSetRule(source)}`)
  return [rules, ...setRules].join('\n')
}

/** Bytes as the translated grammar writes them. */
export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

function writeSetRule(source: string): string {
  const ranges = readRanges(source.replace(/^\^/, ''))
  const sequences = (source.startsWith('^') ? complement(ranges) : ranges).flatMap(utf8Ranges)
  return sequences.map((bytes) => bytes.map(writeByteRange).join(' ')).join(' | ')
}

/** A range of bytes, digit by digit. */
function writeByteRange([from, to]: NumberRange): string {
  const [first, last] = [from >> 4, to >> 4]
  const writePair = (high: NumberRange, low: NumberRange) =>
    `${writeDigits(high)} ${writeDigits(low)}`
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
  const digits = '0123456789abcdef'.slice(from, to + 1)
  return digits.length === 1 ? `"${digits}"` : `[${digits}]`
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
