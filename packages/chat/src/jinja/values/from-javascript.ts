import { TemplateLimit, typeError } from '../errors.ts'
import type { InputSize } from '../limits.ts'
import { keyOfText } from './keys.ts'
import { callerText, plainText } from '../text/text.ts'
import type { Dict, Value } from './value.ts'

/** A value whose strings, and keys, are the caller's, however deep they stand in it. */
export interface FromCaller {
  readonly [callerMark]: unknown
}

const callerMark = Symbol('from the caller')

/** Marks a value of a rendering as what people said: a string, or a list or object with strings. */
export function fromCaller(value: unknown): FromCaller {
  return { [callerMark]: value }
}

/** The variables as values of Python, and how much they hold. */
export function toVariables(variables: Readonly<Record<string, unknown>>): {
  readonly values: Map<string, Value>
  readonly size: InputSize
} {
  const size = { values: 0, characters: 0 }

  function convert(value: unknown, isFromCaller: boolean, depth: number): Value {
    if (depth > maxDepth)
      throw new TemplateLimit('depth', `a variable nests more than ${maxDepth} levels deep`)
    size.values += 1
    if (value === null || typeof value === 'boolean' || typeof value === 'bigint') return value
    if (typeof value === 'number') return isWrittenWhole(value) ? BigInt(value) : value
    if (typeof value === 'string') return convertText(value, isFromCaller)
    if (Array.isArray(value)) {
      const items = value.map((item) => convert(item ?? null, isFromCaller, depth + 1))
      return { type: 'list', items }
    }
    if (typeof value !== 'object') throw typeError(`a template cannot use a ${typeof value}`)
    if (callerMark in value) return convert(value[callerMark], true, depth)

    const dict: Dict = { type: 'dict', entries: new Map() }
    for (const [key, item] of Object.entries(value)) {
      if (item === undefined) continue
      const name = convertText(key, isFromCaller)
      dict.entries.set(keyOfText(key), [name, convert(item, isFromCaller, depth + 1)])
    }
    return dict
  }

  function convertText(string: string, isFromCaller: boolean) {
    size.characters += string.length
    return isFromCaller ? callerText(string) : plainText(string)
  }

  const values = new Map<string, Value>()
  for (const [name, value] of Object.entries(variables))
    if (value !== undefined) values.set(name, convert(value, false, 0))
  return { values, size }
}

/** Whether JSON writes a number without an exponent or a fraction, and Python reads an integer. */
function isWrittenWhole(value: number): boolean {
  return Number.isInteger(value) && Math.abs(value) < 1e21
}

const maxDepth = 200
