import {
  type CharacterSet,
  hasCharacter,
  invertRanges,
  parsePattern,
  type Pattern,
} from '@nano/core/driver'
import { either, type GrammarBuilder, literal, repeat } from './grammar-builder.ts'
import { jsonCharacter } from './json-string.ts'
import { simplifyPattern } from './simplify-pattern.ts'

/** The content of a JSON string, between its quotes, that has a pattern. */
export interface PatternRule {
  readonly body: string
  /** Every string that the rule holds has the pattern; otherwise the rule holds more. */
  readonly isExact: boolean
}

/** Code units; longer patterns are left to the check of the whole answer. */
const maxLength = 4_000

/** A set of characters that takes more characters to write becomes a rule. */
const maxInlineLength = 200

/** Reads a pattern; undefined for one that no grammar has. */
export function readPattern(source: unknown): Pattern | undefined {
  const isShort = typeof source === 'string' && source.length <= maxLength
  return isShort ? parsePattern(source) : undefined
}

/**
 * The rule for the strings in which a pattern is found. It is wider than the pattern where that
 * looks ahead or behind, or has an anchor in its middle.
 */
export function patternRule(grammar: GrammarBuilder, pattern: Pattern): PatternRule {
  let isExact = true
  const anything = `${jsonCharacter}*`
  /** The rules of sets, by what the sets have. */
  const sets = new Map<string, PatternRule>()
  const widen = () => {
    isExact = false
    return '""'
  }

  function write(part: Pattern): string {
    switch (part.type) {
      case 'characters':
        return writeSet(part)
      case 'sequence':
        return part.parts.length === 0 ? '""' : `(${part.parts.map(write).join(' ')})`
      case 'choice':
        return either(...part.options.map(write))
      case 'repeat':
        return `(${repeat(grammar, write(part.body), part)})`
      default:
        return widen()
    }
  }

  function writeSet(set: CharacterSet): string {
    const [first] = set.ranges
    if (first && isPlainCharacter(set)) return literal(String.fromCodePoint(first[0]))
    const key = JSON.stringify(set)
    const rule = sets.get(key) ?? jsonSet(set)
    sets.set(key, rule)
    if (!rule.isExact) isExact = false
    return rule.body.length > maxInlineLength
      ? grammar.shareRule('characters', rule.body)
      : rule.body
  }

  /** A part at an edge of the pattern, before or after which anything may stand. */
  function writeEdge(part: Pattern, edges: Edges): string {
    const { isFirst, isLast } = edges
    const before = isFirst ? [anything] : []
    const after = isLast ? [anything] : []
    if (part.type === 'choice')
      return either(...part.options.map((option) => writeEdge(option, edges)))
    if (part.type === 'sequence' && part.parts.length > 0) return writeSequence(part.parts, edges)
    if (part.type === 'start' && isFirst) return after[0] ?? '""'
    if (part.type === 'end' && isLast) return before[0] ?? '""'
    return [...before, write(part), ...after].join(' ')
  }

  function writeSequence(parts: readonly Pattern[], { isFirst, isLast }: Edges): string {
    const bodies: string[] = []
    let mayPrecede = isFirst
    for (const [index, part] of parts.entries()) {
      const edges = { isFirst: mayPrecede, isLast: isLast && index === parts.length - 1 }
      // A look at the edge says nothing of what stands there.
      if (part.type === 'look' || part.type === 'word-edge') {
        widen()
        if (edges.isLast) bodies.push(...(mayPrecede ? [anything] : []), anything)
        continue
      }
      bodies.push(edges.isFirst || edges.isLast ? writeEdge(part, edges) : write(part))
      mayPrecede = false
    }
    return `(${bodies.join(' ') || '""'})`
  }

  const body = writeEdge(simplifyPattern(pattern), { isFirst: true, isLast: true })
  return { body, isExact }
}

interface Edges {
  /** Nothing of the pattern stands before the part. */
  readonly isFirst: boolean
  readonly isLast: boolean
}

const escapes: Readonly<Record<number, string>> = {
  8: '\\b',
  9: '\\t',
  10: '\\n',
  12: '\\f',
  13: '\\r',
  34: '\\"',
  92: '\\\\',
}

/** The code points that a JSON string escapes, each with its escape as a text of a grammar. */
const escapedCodePoints = [...Array.from({ length: 32 }, (_, code) => code), 34, 92].map(
  (code) => ({ code, text: literal(escapes[code] ?? `\\u${code.toString(16).padStart(4, '0')}`) }),
)

/** The characters of a set as a JSON string writes them. */
export function jsonSet(set: CharacterSet): PatternRule {
  const isExact = set.properties.length === 0
  const listedRanges = isExact ? set.ranges : listWithProperties(set)
  const ranges = isExact && set.isNegated ? invertRanges(set.ranges) : listedRanges
  const raw = ranges.flatMap(withoutEscaped)
  const escapedCodes = escapedCodePoints
    .filter(({ code }) => ranges.some((range) => code >= range[0] && code <= range[1]))
    .map(({ text }) => text)
  const rawClass = raw.map(([from, to]) => `${toEscape(from)}-${toEscape(to)}`).join('')
  const bodies = [...(rawClass ? [`[${rawClass}]`] : []), ...escapedCodes]
  // A set of nothing, which no string has, is not worth telling apart.
  return bodies.length > 0
    ? { body: either(...bodies), isExact }
    : { body: jsonCharacter, isExact: false }
}

/** Whether a set is one character that a JSON string may hold as it is. */
function isPlainCharacter({ ranges, isNegated, properties }: CharacterSet): boolean {
  const [range] = ranges
  if (!range || ranges.length > 1 || isNegated || properties.length > 0) return false
  const [from, to] = range
  return from === to && plainRanges.some(([first, last]) => from >= first && from <= last)
}

/** What a set with properties has of ASCII, and everything beyond. */
function listWithProperties(set: CharacterSet): CharacterSet['ranges'] {
  const ascii = Array.from({ length: 128 }, (_, code) => code)
  return [
    ...ascii.filter((code) => hasCharacter(set, code)).map((code) => [code, code] as const),
    [128, 0x10ffff],
  ]
}

/** The code points that a JSON string may hold as they are. */
const plainRanges: readonly (readonly [number, number])[] = [
  [32, 33],
  [35, 91],
  [93, 0xd7ff],
  [0xe000, 0x10ffff],
]

/** The parts of a range that a JSON string may hold as they are. */
function withoutEscaped([from, to]: readonly [number, number]): [number, number][] {
  return plainRanges
    .map(([first, last]): [number, number] => [Math.max(first, from), Math.min(last, to)])
    .filter(([first, last]) => first <= last)
}

function toEscape(codePoint: number): string {
  return `\\U${codePoint.toString(16).padStart(8, '0')}`
}
