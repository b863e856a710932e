import { characterOf, characterSet, lineEnds } from './character-sets.ts'
import { foldCase } from './fold-case.ts'
import { type Dialect, readCharacterEscape, readClass } from './parse-class.ts'
import type { Pattern } from './pattern.ts'
import { hasWidth, lineEdge, wordEdge } from './pattern-edges.ts'
import { sourceReader } from './source-reader.ts'

/** Groups in groups, for which the stack is deep enough everywhere. */
const maxDepth = 500

/** Code units; longer patterns take too long for each character of a text. */
const maxLength = 10_000

/**
 * Reads a regular expression as JavaScript does: with the flag `u`, or without it where that is
 * the only way. Characters are code points in both. Undefined for what `tryParsing` refuses.
 */
export function parsePattern(source: string): Pattern | undefined {
  const result = tryParsing(source)
  return typeof result === 'string' ? undefined : result
}

/** The same, or what is wrong with the source and what to do, to say after its name. */
export function tryParsing(source: string): Pattern | string {
  try {
    return readSource(source)
  } catch (error) {
    if (error instanceof SyntaxError) return error.message
    throw error
  }
}

/** What the modifiers of the groups around a place say. */
interface Modes extends Dialect {
  /** `^` and `$` are met at the ends of lines too. */
  readonly isMultiline: boolean
  /** A dot is any character. */
  readonly isDotAll: boolean
}

function readSource(source: string): Pattern {
  if (source.length > maxLength)
    throw new SyntaxError(`has more than ${maxLength} characters: split it, or shorten it`)
  const unicodeExpression = tryCompiling(source, 'u')
  const isUnicode = typeof unicodeExpression !== 'string'
  const unicodeFault = isUnicode ? undefined : unicodeExpression
  const expression = isUnicode ? unicodeExpression : tryCompiling(source, '')
  if (typeof expression === 'string')
    throw new SyntaxError(
      `is no regular expression of JavaScript: ${expression}. Mend or remove it`,
    )
  const groups = listGroups(source)
  const refersByName = isUnicode || groups.some((group) => group.endsWith('<'))
  const reader = sourceReader(source)
  const dialect = { isUnicode, unicodeFault, ignoresCase: false }
  let modes: Modes = { ...dialect, isMultiline: false, isDotAll: false }
  /** How many groups the place is in. */
  let depth = 0

  function readChoice(): Pattern {
    if (depth > maxDepth)
      throw new SyntaxError(`has groups in more than ${maxDepth} others: nest fewer`)
    depth += 1
    const options = [readSequence()]
    while (reader.take('|')) options.push(readSequence())
    depth -= 1
    return options.length === 1 && options[0] ? options[0] : { type: 'choice', options }
  }

  function readSequence(): Pattern {
    const parts: Pattern[] = []
    while (!reader.isAtEnd() && !reader.peek('|') && !reader.peek(')')) parts.push(readRepeat())
    return parts.length === 1 && parts[0] ? parts[0] : { type: 'sequence', parts }
  }

  function readRepeat(): Pattern {
    const body = readAtom()
    const counts = readCounts()
    if (!counts) return body
    reader.take('?')
    if (counts.max > 0 && hasWidth(body)) return { type: 'repeat', body, ...counts }
    // What has no width is met once or never.
    return counts.min > 0 ? body : { type: 'sequence', parts: [] }
  }

  function readCounts(): { readonly min: number; readonly max: number } | undefined {
    if (reader.take('*')) return { min: 0, max: Infinity }
    if (reader.take('+')) return { min: 1, max: Infinity }
    if (reader.take('?')) return { min: 0, max: 1 }
    const [text, min, comma, max] = reader.takeMatch(/\{(\d+)(,?)(\d*)\}/y) ?? []
    if (text === undefined) return undefined
    const minCount = Math.min(Number(min), Number.MAX_SAFE_INTEGER)
    const maxCount = max ? Number(max) : Infinity
    return { min: minCount, max: comma ? Math.max(minCount, maxCount) : minCount }
  }

  function readAtom(): Pattern {
    if (reader.take('^')) return lineEdge('start', modes.isMultiline)
    if (reader.take('$')) return lineEdge('end', modes.isMultiline)
    if (reader.take('.')) return characterSet(modes.isDotAll ? [] : lineEnds, { isNegated: true })
    if (reader.take('[')) return readClass(reader, modes)
    if (reader.take('(')) return readGroup()
    if (reader.take('\\')) return readEscape()
    const set = characterOf(reader.takeCodePoint())
    return modes.ignoresCase ? foldCase(set, isUnicode) : set
  }

  function readGroup(): Pattern {
    const modesAround = modes
    const look = reader.takeMatch(/\?(<?)([=!])/y)
    const [, added, removed] = reader.takeMatch(/\?([ims]*)-?([ims]*):/y) ?? []
    if (added !== undefined) modes = changeModes(modes, added, removed)
    else if (!look && !reader.takeMatch(/\?<[^>]+>/y) && reader.peek('?'))
      throw new SyntaxError('has a group of an unknown kind: write (?:…), (?=…), (?!…) or (…)')
    const body = readChoice()
    reader.take(')')
    modes = modesAround
    if (!look) return body
    return { type: 'look', body, isBehind: look[1] === '<', isNegated: look[2] === '!' }
  }

  function readEscape(): Pattern {
    const [edge] = reader.takeMatch(/[bB]/y) ?? []
    if (edge) return wordEdge(edge === 'B', isUnicode && modes.ignoresCase)
    const [group] = reader.peekMatch(/[1-9]\d*/y) ?? []
    const refersByNumber = group !== undefined && (isUnicode || Number(group) <= groups.length)
    if (refersByNumber || (refersByName && reader.peek('k')))
      throw new SyntaxError('refers back to a group, which is not supported: repeat the group')
    return readCharacterEscape(reader, modes)
  }

  const pattern = readChoice()
  if (!reader.isAtEnd()) throw new SyntaxError('closes a group that it does not open')
  return pattern
}

/** A source with a flag, or why JavaScript does not read it so. */
function tryCompiling(source: string, flag: 'u' | ''): RegExp | string {
  try {
    return new RegExp(source, flag)
  } catch (error) {
    const [, reason = 'it cannot be read'] = /.*: (.*)$/s.exec(String(error)) ?? []
    return reason.toLowerCase()
  }
}

/** The openings of all groups that can be referred to. */
function listGroups(source: string): readonly string[] {
  const bare = source.replaceAll(/\\[^]|\[(?:\\[^]|[^\]\\])*\]/g, '')
  return bare.match(/\((?!\?)|\(\?<(?![=!])/g) ?? []
}

function changeModes(modes: Modes, added: string, removed = ''): Modes {
  const change = (letter: string, before: boolean) =>
    added.includes(letter) || (before && !removed.includes(letter))
  return {
    ...modes,
    ignoresCase: change('i', modes.ignoresCase),
    isMultiline: change('m', modes.isMultiline),
    isDotAll: change('s', modes.isDotAll),
  }
}
