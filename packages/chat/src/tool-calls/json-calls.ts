import { isJsonObject } from '@nano/core/driver'
import type { JsonBody } from './call-description.ts'
import type { CallEnd, CallReader, CallSyntax, ParsedCall } from './call-syntax.ts'
import { parseInput, parseValue } from './read-value.ts'

const closingBrackets: Readonly<Record<string, string>> = { '{': '}', '[': ']' }

/**
 * Calls as JSON objects of `{ name, arguments }`. The arguments may be a JSON string or absent.
 * Brackets left open are closed where the text between two tags ends, and where the next call
 * starts: `{"a": {"b": 1` and `{"a": {"b": 1]` and `{"a": {"b": 1}, {` all become
 * `{"a": {"b": 1}}`.
 * Small models leave out the tags of their family: an object that begins a reply is a call where it
 * names a tool on offer. Any other is an answer.
 */
export function jsonCalls(keys: CallKeys): CallSyntax {
  return {
    start: '{',
    canLackTag: true,
    needsReplyStart: true,
    reader: ({ closingTags }) => jsonCallReader(closingTags, (json) => parseCall(json, keys)),
  }
}

/** The keys of a call. Without one for the name, the name is the key of the arguments. */
type CallKeys = Pick<JsonBody, 'nameKey' | 'argumentsKey' | 'idKey'>

type ParseCall = (json: string) => ParsedCall | undefined

function jsonCallReader(closingTags: readonly string[], parse: ParseCall): CallReader {
  let source = ''
  const openBrackets: string[] = []
  /** The quote that opened the string in hand; '' outside of strings. */
  let quote = ''
  /** The quote came again: the string has ended where a mark of JSON follows. */
  let mayHaveEnded = false
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
    if ((quote && !mayHaveEnded) || isBroken) return undefined
    const missing = [...openBrackets].reverse().map((bracket) => closingBrackets[bracket])
    return parse(source.slice(0, length) + missing.join(''))
  }

  /** Returns whether the character is part of the string. */
  function readInString(character: string): boolean {
    if (mayHaveEnded && /\s/.test(character)) return true
    if (mayHaveEnded && ',:]}</'.includes(character)) {
      quote = ''
      mayHaveEnded = false
      return false
    }
    mayHaveEnded = !isAfterBackslash && character === quote
    isAfterBackslash = !isAfterBackslash && character === '\\'
    return true
  }

  function readCharacter(character: string, at: number): CallEnd | undefined {
    if (quote && readInString(character)) return undefined
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
    if (character === '"' || character === "'") quote = character
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
  const nameKey = [keys.nameKey, ...nameKeys].find((key) => isText(value[key]))
  const name = nameKey && value[nameKey]
  if (nameKey === undefined || !isText(name)) {
    const innerObject = wrapperKeys.map((key) => value[key]).find(isJsonObject)
    return innerObject && toCall(innerObject, keys)
  }
  if (name === '') return undefined
  const inputKeys = [keys.argumentsKey ?? '', ...argumentsKeys].filter((key) => key in value)
  const writtenInput = inputKeys.map((key) => value[key]).find((entry) => entry !== null)
  const input = parseInput(
    inputKeys.length > 0 ? (writtenInput ?? {}) : findFlatInput(value, nameKey, keys),
  )
  const id = keys.idKey === undefined ? undefined : value[keys.idKey]
  return input && { name, input, ...(typeof id === 'string' && id && { id }) }
}

/** Without a key for the arguments, the other keys are the arguments. */
function findFlatInput(
  value: Readonly<Record<string, unknown>>,
  nameKey: string,
  { idKey }: CallKeys,
): object {
  const isArgument = ([key, entry]: [string, unknown]) =>
    key !== nameKey && key !== idKey && !(key === 'type' && entry === 'function')
  return Object.fromEntries(Object.entries(value).filter(isArgument))
}

/** Models fall back to the names of other families. */
const nameKeys = ['name', 'tool_name', 'function', 'tool']
const wrapperKeys = ['function', 'function_call', 'tool_call', 'call']
const argumentsKeys = ['arguments', 'parameters', 'args', 'input', 'params', 'tool_input', 'kwargs']

function isText(value: unknown): value is string {
  return typeof value === 'string'
}
