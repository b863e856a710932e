import { decodeStringLiteral } from './string-literal.ts'
import type { Token } from './tokens.ts'

/** The token of an expression at an offset, or nothing where none starts. */
export function readExpressionToken(
  source: string,
  offset: number,
): (Token & { readonly end: number }) | undefined {
  const first = source[offset] ?? ''
  if (first === "'" || first === '"') return readString(source, offset, first)
  for (const [type, pattern] of patterns) {
    if (type === 'float' && source[offset - 1] === '.') continue
    pattern.lastIndex = offset
    const value = pattern.exec(source)?.[0]
    if (value) return { type, value, offset, end: offset + value.length }
  }
  return undefined
}

const patterns: readonly (readonly [Token['type'], RegExp])[] = [
  ['float', /\d+(?:_\d+)*(?:(?:\.\d+(?:_\d+)*)?e[+-]?\d+(?:_\d+)*|\.\d+(?:_\d+)*)/iy],
  ['integer', /0b(?:_?[01])+|0o(?:_?[0-7])+|0x(?:_?[\da-f])+|[1-9](?:_?\d)*|0(?:_?0)*/iy],
  ['name', /[\p{ID_Start}_]\p{ID_Continue}*/uy],
  ['operator', /\*\*|\/\/|==|!=|>=|<=|[-+/*%~[\](){}<>=.:|,;]/y],
]

function readString(source: string, offset: number, quote: string) {
  let end = offset + 1
  while (end < source.length && source[end] !== quote) end += source[end] === '\\' ? 2 : 1
  if (end >= source.length) return undefined
  const value = decodeStringLiteral(source.slice(offset + 1, end))
  return value === undefined ? undefined : { type: 'string' as const, value, offset, end: end + 1 }
}
