import {
  characterOf,
  characterSet,
  joinSets,
  shorthands,
  singleCharacter,
} from './character-sets.ts'
import { foldCase } from './fold-case.ts'
import type { CharacterSet } from './pattern.ts'
import type { SourceReader } from './source-reader.ts'

/** How the source of a pattern is to be read. */
export interface Dialect {
  /** As with the flag `u`; otherwise as without, where most escapes stand for their letter. */
  readonly isUnicode: boolean
  /** Why JavaScript does not read it with the flag. */
  readonly unicodeFault?: string | undefined
  readonly ignoresCase: boolean
}

const [backspace, hyphen, backslash] = [8, 45, 92]
const controls: ReadonlyMap<string, number> = new Map([
  ['t', 9],
  ['n', 10],
  ['v', 11],
  ['f', 12],
  ['r', 13],
])

/** A class, after its `[`. */
export function readClass(reader: SourceReader, dialect: Dialect): CharacterSet {
  const isNegated = reader.take('^')
  const members: CharacterSet[] = []
  const add = (member: CharacterSet) =>
    members.push(dialect.ignoresCase ? foldCase(member, dialect.isUnicode) : member)
  while (!reader.take(']')) {
    const member = readMember(reader, dialect)
    if (!reader.peekMatch(/-[^\]]/y)) {
      add(member)
      continue
    }
    reader.take('-')
    const end = readMember(reader, dialect)
    const [from, to] = [singleCharacter(member), singleCharacter(end)]
    // A set such as `\w` is no end of a range: the hyphen stands for itself.
    if (from === undefined || to === undefined)
      for (const part of [member, characterOf(hyphen), end]) add(part)
    else add(characterSet([[from, to]]))
  }
  return joinSets(members, isNegated)
}

function readMember(reader: SourceReader, dialect: Dialect): CharacterSet {
  if (reader.take('\\b')) return characterOf(backspace)
  if (!reader.take('\\')) return characterOf(reader.takeCodePoint())
  return readSetEscape(reader, dialect, /c([A-Za-z\d_])/y)
}

/** What follows a backslash outside of a class, and is no assertion. */
export function readCharacterEscape(reader: SourceReader, dialect: Dialect): CharacterSet {
  const set = readSetEscape(reader, dialect, /c([A-Za-z])/y)
  return dialect.ignoresCase ? foldCase(set, dialect.isUnicode) : set
}

function readSetEscape(
  reader: SourceReader,
  { isUnicode, unicodeFault }: Dialect,
  control: RegExp,
): CharacterSet {
  const [letter] = reader.takeMatch(/[dDwWsS]/y) ?? []
  const ranges = shorthands.get(letter?.toLowerCase() ?? '')
  if (letter && ranges) return characterSet(ranges, { isNegated: letter !== letter.toLowerCase() })
  const [unicodeEscape] = reader.peekMatch(/[pP]\{[^}]*\}|u\{[\da-fA-F]+\}/y) ?? []
  if (unicodeEscape && !isUnicode)
    throw new SyntaxError(
      `has \\${unicodeEscape}, which needs the flag u of JavaScript, and cannot be read with ` +
        `that flag: ${unicodeFault}. Mend that, or remove the escape`,
    )
  const [property] = reader.takeMatch(/[pP]\{[^}]*\}/y) ?? []
  if (property) return characterSet([], { properties: [`\\${property}`] })
  return characterOf(readCodePoint(reader, isUnicode, control))
}

function readCodePoint(reader: SourceReader, isUnicode: boolean, control: RegExp): number {
  const pair = reader.takeMatch(/u([dD][89abAB][\da-fA-F]{2})\\u([dD][c-fC-F][\da-fA-F]{2})/y)
  if (pair) return String.fromCharCode(readHex(pair[1]), readHex(pair[2])).codePointAt(0) ?? 0
  const [, unit, byte, codePoint] =
    reader.takeMatch(/u([\da-fA-F]{4})|x([\da-fA-F]{2})|u\{([\da-fA-F]+)\}/y) ?? []
  const hex = unit ?? byte ?? codePoint
  if (hex !== undefined) return readHex(hex)
  const [, controlLetter] = reader.takeMatch(control) ?? []
  if (controlLetter !== undefined) return controlLetter.charCodeAt(0) % 32
  // A control that is none: the backslash stands for itself.
  if (reader.peek('c')) return backslash
  const [octal] = reader.takeMatch(isUnicode ? /0/y : /[0-3][0-7]{0,2}|[4-7][0-7]?/y) ?? []
  if (octal !== undefined) return Number.parseInt(octal, 8)
  const [letter] = reader.peekMatch(/[tnvfr]/y) ?? []
  const code = reader.takeCodePoint()
  return controls.get(letter ?? '') ?? code
}

function readHex(text = ''): number {
  return Number.parseInt(text, 16)
}
