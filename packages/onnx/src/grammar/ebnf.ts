import { type Range, utf8Ranges } from './utf8-ranges.ts'

/**
 * GBNF as a grammar over bytes, each written as two hexadecimal digits. The library's own sets of
 * characters go wrong past ASCII: it takes `[é]` for a byte, and widens `[^é]`. Over digits nothing
 * is past ASCII.
 * @see https://xgrammar.mlc.ai/docs/tutorials/ebnf_grammar.html
 */
export function toEbnf(gbnf: string): string {
  const sets = new Map<string, string>()

  function set(written: string): string {
    const name = sets.get(written) ?? `set-of-characters-${sets.size}`
    sets.set(written, name)
    return name
  }

  const rules = gbnf.replaceAll(/#[^\n]*|"(?:[^"\\]|\\.)*"|\[(?:[^\]\\]|\\.)*\]|\./gsu, (found) => {
    if (found.startsWith('#')) return ''
    if (found.startsWith('"'))
      return `"${hex(new TextEncoder().encode(String.fromCodePoint(...characters(found.slice(1, -1)))))}"`
    return set(found === '.' ? '^' : found.slice(1, -1))
  })
  return [rules, ...[...sets].map(([written, name]) => `${name} ::= ${setRule(written)}`)].join(
    '\n',
  )
}

/** Bytes as the grammar has them. */
export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

function setRule(written: string): string {
  const ranges = rangesOf(written.replace(/^\^/, ''))
  const sequences = (written.startsWith('^') ? complement(ranges) : ranges).flatMap(utf8Ranges)
  return sequences.map((bytes) => bytes.map(byteRule).join(' ')).join(' | ')
}

/** A range of bytes, digit by digit. */
function byteRule([from, to]: Range): string {
  const [first, last] = [from >> 4, to >> 4]
  const pair = (high: Range, low: Range) => `${digits(high)} ${digits(low)}`
  if (first === last) return pair([first, first], [from & 15, to & 15])
  const begin = (from & 15) === 0 ? first : first + 1
  const end = (to & 15) === 15 ? last : last - 1
  const parts = [
    ...(begin > first ? [pair([first, first], [from & 15, 15])] : []),
    ...(begin <= end ? [pair([begin, end], [0, 15])] : []),
    ...(end < last ? [pair([last, last], [0, to & 15])] : []),
  ]
  return parts.length === 1 ? (parts[0] ?? '') : `(${parts.join(' | ')})`
}

function digits([from, to]: Range): string {
  const all = '0123456789abcdef'.slice(from, to + 1)
  return all.length === 1 ? `"${all}"` : `[${all}]`
}

/** The characters of a set or a text, escaped or not. */
function characters(written: string): readonly number[] {
  return (written.match(member) ?? []).map(codePoint)
}

const member = /\\x[0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\U[0-9a-fA-F]{8}|\\.|./gsu

function rangesOf(written: string): readonly Range[] {
  const members = written.match(member) ?? []
  const ranges: Range[] = []
  for (let index = 0; index < members.length; index++) {
    const from = codePoint(members[index] ?? '')
    const through = members[index + 1] === '-' ? members[index + 2] : undefined
    if (through !== undefined) index += 2
    ranges.push([from, through === undefined ? from : codePoint(through)])
  }
  return ranges
}

const controls: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f' }

function codePoint(written: string): number {
  if (/^\\[xuU]./.test(written)) return Number.parseInt(written.slice(2), 16)
  const character = written.startsWith('\\') ? written.slice(1) : written
  return (
    (written.startsWith('\\') ? (controls[character] ?? character) : character).codePointAt(0) ?? 0
  )
}

const last = 0x10ffff

function complement(ranges: readonly Range[]): readonly Range[] {
  const gaps: Range[] = []
  let next = 0
  for (const [from, to] of ranges.toSorted(([a], [b]) => a - b)) {
    if (from > next) gaps.push([next, from - 1])
    next = Math.max(next, to + 1)
  }
  return next > last ? gaps : [...gaps, [next, last]]
}
