import type { CallReader, CallSyntax, Ending, ParsedCall } from './call-syntax.ts'

const closing: Readonly<Record<string, string>> = { '{': '}', '[': ']' }

/**
 * Calls as JSON objects of `{ name, arguments }`; those may be a JSON string, or nothing. Brackets
 * left open are closed at the end of a block, and where the next call begins: `{"a": {"b": 1` and
 * `{"a": {"b": 1]` and `{"a": {"b": 1}, {` all become `{"a": {"b": 1}}`.
 */
export const jsonSyntax: CallSyntax = { begins: '{', reader: ({ closers }) => reader(closers) }

function reader(closers: readonly string[]): CallReader {
  let written = ''
  const open: string[] = []
  let quoted = false
  /** Behind a backslash. */
  let escaped = false
  /**
   * The last character outside of strings that is not white space, and where the last comma was.
   */
  let before = ''
  let comma = 0
  /** A `<` outside of strings and what follows it: the beginning of a closing tag, or nothing. */
  let tag = ''
  /**
   * Where a bracket did not match. Nothing but brackets, commas and white space may follow, and a
   * closing tag.
   */
  let stopped: number | undefined
  let strayed = false

  function mended(end = stopped ?? written.length - tag.length): ParsedCall | undefined {
    if (quoted || strayed) return undefined
    return parseCall(
      written.slice(0, end) +
        [...open]
          .reverse()
          .map((bracket) => closing[bracket])
          .join(''),
    )
  }

  function inString(character: string): undefined {
    if (escaped) escaped = false
    else if (character === '\\') escaped = true
    else if (character === '"') quoted = false
  }

  function next(character: string, at: number): Ending | undefined {
    if (quoted) return inString(character)
    tag = character === '<' ? '<' : tag && tag + character
    const closer = character === '>' ? closers.find((close) => close === tag) : undefined
    if (closer !== undefined) {
      const end = at + 1 - closer.length
      return { at: end, closer, call: mended(stopped ?? end) }
    }
    if (tag && !closers.some((close) => close.startsWith(tag))) {
      tag = ''
      strayed ||= stopped !== undefined
    }
    if (/\s/.test(character) || tag) return undefined
    if (stopped !== undefined) {
      strayed ||= !',]}'.includes(character)
      return undefined
    }
    return significant(character, at)
  }

  function significant(character: string, at: number): Ending | undefined {
    const inner = open.at(-1) ?? ''
    // No key begins with a bracket: the call before lacks its own.
    if (character === '{' && before === ',' && inner === '{')
      return { at: comma, call: mended(comma) }
    before = character
    if (character === '"') quoted = true
    else if (character === ',') comma = at
    else if (character === '{' || character === '[') open.push(character)
    else if (character === '}' || character === ']') {
      if (closing[inner] !== character) stopped = at
      else if (open.length === 1) return { at: at + 1, call: parseCall(written.slice(0, at + 1)) }
      else open.pop()
    }
    return undefined
  }

  return {
    get written() {
      return written
    },
    read(text) {
      const start = written.length
      written += text
      for (let index = 0; index < text.length; index++) {
        const ending = next(text.charAt(index), start + index)
        if (ending) return ending
      }
      return undefined
    },
    mended: () => mended(),
  }
}

function parseCall(json: string): ParsedCall | undefined {
  // Templates that show a call with the braces of Python's `format` are copied, doubled braces and
  // all.
  const value = parsed(json) ?? parsed(json.slice(1, -1))
  if (
    typeof value !== 'object' ||
    value === null ||
    !('name' in value) ||
    typeof value.name !== 'string' ||
    value.name === ''
  )
    return undefined
  // Llama 3's own name for them is what models fall back to.
  const given =
    'arguments' in value ? value.arguments : 'parameters' in value ? value.parameters : {}
  const input = typeof given === 'string' ? parsed(given.trim() || '{}') : (given ?? {})
  return typeof input === 'object' && input !== null ? { name: value.name, input } : undefined
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}
