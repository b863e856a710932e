import type { Tool } from '@nano/core'
import { escapePattern } from '@nano/core/driver'
import type { PythonBody } from './call-description.ts'
import { listParameters } from './parameter-schemas.ts'
import { type CallResult, maxNameLength, skipSpace } from './read-pieces.ts'
import { readValue, type ValueResult } from './read-value.ts'

interface PythonOptions extends PythonBody {
  /** What follows the last call; '' where nothing has to. */
  readonly end: string
  readonly tools: readonly Tool[]
}

/** Reads `name(key=value, …)`. */
export function readPythonCall(
  text: string,
  start: number,
  { rawQuote, end, tools }: PythonOptions,
): CallResult {
  const [opening = '', name = ''] = /^\s*([\w.-]+)\(\s*/.exec(text.slice(start)) ?? []
  if (!name)
    return text.length - start > maxNameLength || /[^\s\w.-]/.test(text.slice(start))
      ? 'none'
      : 'incomplete'
  const input: [key: string, value: unknown][] = []
  for (let at = start + opening.length; ;) {
    at = skipSpace(text, at)
    const [closing] = /^(?:,\s*)?\)/.exec(text.slice(at, at + maxNameLength)) ?? []
    if (closing)
      return {
        call: { name, input: Object.fromEntries(input) as object },
        end: at + closing.length,
      }
    const [key = ''] = /^,?\s*\w+\s*=\s*/.exec(text.slice(at)) ?? []
    if (!key) return /^,?\s*\w*\s*$/.test(text.slice(at)) ? 'incomplete' : 'none'
    const findTextEnd = (quote: string) => textEnd(quote, { end, keys: listKeys(tools, name) })
    const result = readArgument(text, at + key.length, { rawQuote, findTextEnd })
    if (typeof result === 'string') return result
    input.push([key.replace(/[,=\s]/g, ''), result.value])
    at = result.end
  }
}

/** The keys of a tool; none where it takes others too. */
function listKeys(tools: readonly Tool[], name: string): readonly string[] {
  const lists = listParameters(tools.find((tool) => tool.name === name)?.parameters)
  if (lists.some(({ others }) => others !== undefined && others !== false)) return []
  return lists.flatMap(({ schemas }) => Object.keys(schemas))
}

interface ArgumentOptions {
  readonly rawQuote: string | undefined
  /** Matches the quote that ends a text in which quotes stand as they are. */
  readonly findTextEnd: (quote: string) => RegExp
}

/** Reads a literal of Python, or a text in which nothing is escaped. */
function readArgument(
  text: string,
  start: number,
  { rawQuote, findTextEnd }: ArgumentOptions,
): ValueResult {
  const quote = text.charAt(start)
  if (quote !== rawQuote) {
    const literal = readValue(text, start)
    // Models leave quotes in a text without a backslash; code would have an operator there.
    const isCutShort =
      /["']/.test(quote) &&
      typeof literal === 'object' &&
      /^\s*[^\s),+%#.\\\0]/.test(text.slice(literal.end))
    if (!isCutShort) return literal
  }
  const end = findTextEnd(quote)
  end.lastIndex = start + 1
  const match = end.exec(text)
  if (!match) return 'incomplete'
  return { value: text.slice(start + 1, match.index), end: match.index + 1 }
}

interface TextEndOptions {
  /** What follows the last call; '' where nothing has to. */
  readonly end: string
  /** The keys that the tool takes; none where they are not known. */
  readonly keys: readonly string[]
}

/** The quote before the next key, or before the end of the call and another call or mark. */
function textEnd(quote: string, { end, keys }: TextEndOptions): RegExp {
  const anyKey = keys.map(escapePattern).join('|') || String.raw`\w+`
  const nextKey = String.raw`,\s*(?:${anyKey})\s*=`
  const nextCall = String.raw`[\s,]+[\w.-]+\(`
  const lastMark = end ? `${escapePattern(end)}|` : ''
  const endOfCalls = String.raw`[\s\],]*(?:\x60{3}\s*)?(?:${lastMark}\0)`
  const after = String.raw`\s*(?:${nextKey}|\)(?:${nextCall}|${endOfCalls}))`
  return new RegExp(`${quote}(?=${after})`, 'g')
}
