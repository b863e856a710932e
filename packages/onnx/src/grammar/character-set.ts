import { invertRanges } from '@nano/core/driver'
import { choice, type Expression, sequence } from './expression.ts'
import { type NumberRange, utf8Ranges } from './utf8-ranges.ts'

/** One character of a set, as GBNF writes it between brackets, such as `a-z` or `^"`. */
export function characterSet(source: string): Expression {
  const listedRanges = readRanges(source.replace(/^\^/, ''))
  const ranges = source.startsWith('^') ? invertRanges(listedRanges) : listedRanges
  const sequences = ranges.flatMap(utf8Ranges)
  const singleBytes = sequences.flatMap((bytes) => (bytes.length === 1 ? bytes : []))
  const longerSequences = sequences.filter((bytes) => bytes.length > 1)
  const byteIn = cachedBytes()
  return choice([
    ...(singleBytes.length > 0 ? [{ type: 'byte', ranges: singleBytes } as const] : []),
    ...longerSequences.map((bytes) => sequence(bytes.map(byteIn))),
  ])
}

/** One expression for each range, so that what follows it has one place in the grammar. */
function cachedBytes(): (range: NumberRange) => Expression {
  const expressions = new Map<string, Expression>()
  return (range) => {
    const key = range.join('-')
    const expression = expressions.get(key) ?? { type: 'byte', ranges: [range] }
    expressions.set(key, expression)
    return expression
  }
}

/** One character of a set or a text, escaped or not. */
const characterPattern = /\\x[0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\U[0-9a-fA-F]{8}|\\.|./gsu

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

/** The text between quotes in GBNF. */
export function unescapeText(source: string): string {
  return source.includes('\\')
    ? source.replaceAll(characterPattern, (character) =>
        String.fromCodePoint(readCodePoint(character)),
      )
    : source
}

const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f' }

function readCodePoint(source: string): number {
  if (/^\\[xuU]./.test(source)) return Number.parseInt(source.slice(2), 16)
  if (!source.startsWith('\\')) return source.codePointAt(0) ?? 0
  const character = source.slice(1)
  return (escapes[character] ?? character).codePointAt(0) ?? 0
}
