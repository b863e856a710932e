import type { Tool } from '@nano/core'
import { isJsonObject } from '@nano/core/driver'
import type { JsonBody } from './call-description.ts'
import type { CallEnd, CallReader, CallSyntax, ParsedCall } from './call-syntax.ts'
import { parseValue } from './read-value.ts'

const closingBrackets: Readonly<Record<string, string>> = { '{': '}', '[': ']' }

/**
 * Calls as JSON objects of `{ name, arguments }`. The arguments may be a JSON string or absent.
 * Brackets left open are closed where the text between two tags ends, and where the next call
 * starts: `{"a": {"b": 1` and `{"a": {"b": 1]` and `{"a": {"b": 1}, {` all become
 * `{"a": {"b": 1}}`.
 */
export function jsonCalls(
  keys: CallKeys = { nameKey: 'name' },
  { tools }: JsonCallOptions = {},
): CallSyntax {
  return {
    start: '{',
    ...(tools && { canLackTag: true, needsReplyStart: true }),
    reader: ({ closingTags, lacksTag }) =>
      jsonCallReader(closingTags, (json) => {
        const call = parseCall(json, keys)
        const isKnown = !lacksTag || tools?.some(({ name }) => name === call?.name)
        return isKnown ? call : undefined
      }),
  }
}

interface JsonCallOptions {
  /** The tools on offer, where calls have no tag: a reply that is another object is an answer. */
  readonly tools?: readonly Tool[]
}

/** The keys of a call. Without one for the name, the name is the key of the arguments. */
type CallKeys = Pick<JsonBody, 'nameKey' | 'argumentsKey' | 'idKey'>

type ParseCall = (json: string) => ParsedCall | undefined

function jsonCallReader(closingTags: readonly string[], parse: ParseCall): CallReader {
  let source = ''
  const openBrackets: string[] = []
  let isInString = false
  let isAfterBackslash = false
  /** The last character outside of strings that is not white space. */
  let previous = ''
  let lastCommaAt = 0
  /** A `<` outside of strings and what follows it: the start of a closing tag, or ''. */
  let tagStart = ''
  /**
   * Where a bracket did not match. Only brackets, commas and white space may follow, and a closing
   * tag.
   */
  let mismatchAt: number | undefined
  let isBroken = false

  function complete(
    length = mismatchAt ?? source.length - tagStart.length,
  ): ParsedCall | undefined {
    if (isInString || isBroken) return undefined
    const missing = [...openBrackets].reverse().map((bracket) => closingBrackets[bracket])
    return parse(source.slice(0, length) + missing.join(''))
  }

  function readInString(character: string): void {
    if (isAfterBackslash) isAfterBackslash = false
    else if (character === '\\') isAfterBackslash = true
    else if (character === '"') isInString = false
  }

  function readCharacter(character: string, at: number): CallEnd | undefined {
    if (isInString) {
      readInString(character)
      return undefined
    }
    tagStart = character === '<' ? '<' : tagStart && tagStart + character
    const closingTag =
      character === '>' ? closingTags.find((closing) => closing === tagStart) : undefined
    if (closingTag !== undefined) {
      const length = at + 1 - closingTag.length
      return { length, closingTag, call: complete(mismatchAt ?? length) }
    }
    if (tagStart && !closingTags.some((closing) => closing.startsWith(tagStart))) {
      tagStart = ''
      isBroken ||= mismatchAt !== undefined
    }
    if (/\s/.test(character) || tagStart) return undefined
    if (mismatchAt !== undefined) {
      isBroken ||= !',]}'.includes(character)
      return undefined
    }
    return readToken(character, at)
  }

  function readToken(character: string, at: number): CallEnd | undefined {
    const innermost = openBrackets.at(-1) ?? ''
    // No key starts with a bracket, so the call before lacks its closing bracket.
    if (character === '{' && previous === ',' && innermost === '{')
      return { length: lastCommaAt, call: complete(lastCommaAt) }
    previous = character
    if (character === '"') isInString = true
    else if (character === ',') lastCommaAt = at
    else if (character === '{' || character === '[') openBrackets.push(character)
    else if (character === '}' || character === ']') {
      if (closingBrackets[innermost] !== character) mismatchAt = at
      else if (openBrackets.length === 1)
        return { length: at + 1, call: parse(source.slice(0, at + 1)) }
      else openBrackets.pop()
    }
    return undefined
  }

  return {
    get source() {
      return source
    },
    read(text) {
      const start = source.length
      source += text
      for (let index = 0; index < text.length; index++) {
        const end = readCharacter(text.charAt(index), start + index)
        if (end) return end
      }
      return undefined
    },
    complete: () => complete(),
  }
}

function parseCall(json: string, keys: CallKeys): ParsedCall | undefined {
  // Some templates show a call with the doubled braces of Python's `format`, and models copy them.
  const value = parseValue(json) ?? parseValue(json.slice(1, -1))
  return isJsonObject(value) ? toCall(value, keys) : undefined
}

function toCall(value: Readonly<Record<string, unknown>>, keys: CallKeys): ParsedCall | undefined {
  const entries = Object.entries(value)
  const [[onlyKey = '', onlyEntry] = []] = entries
  if (keys.nameKey === undefined)
    return entries.length === 1 && isJsonObject(onlyEntry)
      ? { name: onlyKey, input: onlyEntry }
      : undefined
  const name = value[keys.nameKey] ?? value['name']
  if (name === undefined) {
    const inner = entries.map(([, entry]) => entry).find(isJsonObject)
    return inner && toCall(inner, keys)
  }
  if (typeof name !== 'string' || name === '') return undefined
  // Models fall back to the names of other families for the arguments.
  const args = [keys.argumentsKey ?? 'arguments', 'arguments', 'parameters']
    .map((key) => value[key])
    .find((entry) => entry !== undefined && entry !== null)
  const input = typeof args === 'string' ? parseValue(args.trim() || '{}') : (args ?? {})
  if (typeof input !== 'object' || input === null) return undefined
  const id = keys.idKey === undefined ? undefined : value[keys.idKey]
  return { name, input, ...(typeof id === 'string' && id && { id }) }
}
