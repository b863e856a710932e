import type { Tool } from '@nano/core'
import { escapePattern, isJsonObject } from '@nano/core/driver'
import { parseArgument, trimLine } from './argument-value.ts'
import type { CallBody, CallDescription, ParametersBody } from './call-description.ts'
import { findCallMarks } from './call-marks.ts'
import type { CallEnd, CallReader, CallSyntax } from './call-syntax.ts'
import { findParameter } from './parameter-schemas.ts'
import {
  type CallResult,
  maxNameLength,
  type ReadCall,
  readPieces,
  skipMark,
  skipSpace,
} from './read-pieces.ts'
import { readPythonCall } from './read-python-call.ts'
import { readValue } from './read-value.ts'

/** Reads one call from its start on. */
type ReadCallBody = (text: string, start: number) => CallResult

/** The syntax of calls that are not one JSON object each. */
export function describedCalls(description: CallDescription, tools: readonly Tool[]): CallSyntax {
  const { tag, start, end, closingTag = '' } = findCallMarks(description)
  const readBody = bodyReader(description.body, { end: end || closingTag, tools })
  return {
    start,
    needsReplyStart: tag + start === '',
    separator: findSeparatorMark(description),
    reader: () =>
      callReader((text) => {
        const result = readBody(text, start.length)
        return typeof result === 'object' ? readMark(text, result, end) : result
      }),
  }
}

function findSeparatorMark({
  separator,
  callClose,
  body,
}: CallDescription): CallSyntax['separator'] {
  if (separator?.trim() === ',') return ','
  // Other calls than Python's have marks of their own.
  if (separator === undefined || body.type !== 'python') return undefined
  return /^\s*\n\s*$/.test(callClose + separator) ? '\n' : undefined
}

/** The call with the mark that ends it. */
function readMark(text: string, { call, end }: ReadCall, mark: string): CallResult {
  const at = skipSpace(text, end)
  if (!mark || text.startsWith(mark, at)) return { call, end: mark ? at + mark.length : end }
  return mark.startsWith(text.slice(at)) ? 'incomplete' : { call, end }
}

/**
 * Reads again from the start where the new text has a bracket, which can end a call, and while the
 * source is so short that a name may turn out too long for one. Long prose is read once, and not at
 * every push.
 */
function callReader(readCall: (text: string) => CallResult): CallReader {
  let source = ''
  return {
    get source() {
      return source
    },
    read(text): CallEnd | undefined {
      const mayBeName = source.length < 4 * maxNameLength
      source += text
      if (!/[\])}>]/.test(text) && !mayBeName) return undefined
      const result = readCall(source)
      if (result === 'incomplete') return undefined
      return result === 'none'
        ? { length: source.length }
        : { length: result.end, call: result.call }
    },
    complete() {
      // What follows completes nothing, and ends a call whose last mark is missing.
      const result = readCall(`${source}\n\0`)
      return typeof result === 'object' ? result.call : undefined
    },
  }
}

interface BodyOptions {
  /** What follows the call; '' where nothing has to. */
  readonly end: string
  readonly tools: readonly Tool[]
}

function bodyReader(body: CallBody, options: BodyOptions): ReadCallBody {
  if (body.type === 'parameters')
    return (text, start) => readParameters(text, start, { ...body, ...options })
  if (body.type === 'gemma') return (text, start) => readGemmaCall(text, start, body.quote)
  if (body.type === 'python')
    return (text, start) => readPythonCall(text, start, { ...body, ...options })
  const pieces = body.pieces ?? []
  return (text, start) => readPieces(text, start, pieces)
}

/** Reads the name, and each argument between marks. */
function readParameters(
  text: string,
  start: number,
  { afterName, parameter, end: callEnd, tools }: ParametersBody & BodyOptions,
): CallResult {
  const nameEnd = [afterName.trim() || parameter.open, callEnd]
    .map((mark) => (mark ? text.indexOf(mark, start) : -1))
    .filter((at) => at >= 0)
    .sort((a, b) => a - b)[0]
  if (nameEnd === undefined) return text.length - start > maxNameLength ? 'none' : 'incomplete'
  const name = text.slice(start, nameEnd).trim()
  if (!name || /\s/.test(name)) return 'none'
  let at = skipSpace(text, nameEnd)
  if (afterName.trim()) {
    const end = skipMark(text, at, afterName)
    if (typeof end === 'string') return end
    at = skipSpace(text, end)
  }
  const input: [key: string, value: unknown][] = []
  for (;;) {
    if (!text.startsWith(parameter.open, at)) {
      if (parameter.open.startsWith(text.slice(at))) return 'incomplete'
      return { call: { name, input: Object.fromEntries(input) as object }, end: at }
    }
    const argument = readParameter(text, at + parameter.open.length, { parameter, callEnd })
    if (typeof argument === 'string') return argument
    const { key, source, isText, end } = argument
    const schema = findParameter(tools, name, key)
    input.push([key, isText ? source : parseArgument(source, schema)])
    at = skipSpace(text, end)
  }
}

interface ReadArgument {
  readonly key: string
  readonly source: string
  /** The syntax marks it as text. */
  readonly isText: boolean
  readonly end: number
}

function readParameter(
  text: string,
  start: number,
  {
    parameter: { open, beforeText, beforeValue, close },
    callEnd,
  }: { readonly parameter: ParametersBody['parameter']; readonly callEnd: string },
): ReadArgument | 'incomplete' | 'none' {
  const firstMark = [beforeText, beforeValue]
    .flatMap((mark) => findMark(text, mark, start) ?? [])
    .sort((a, b) => a.at - b.at)[0]
  if (!firstMark) return text.length - start > maxNameLength ? 'none' : 'incomplete'
  const key = text.slice(start, firstMark.at).trim()
  const valueStart = firstMark.end
  // A value may contain the mark; the one that ends it is followed by what may follow a value.
  for (let at = text.indexOf(close.trim(), valueStart); at >= 0;) {
    const end = at + close.trim().length
    const next = skipSpace(text, end)
    const follows = [open, callEnd].some((mark) => mark && text.startsWith(mark, next))
    if (follows || text.charAt(next) === '\0' || !callEnd) {
      const valueText = text.slice(valueStart, at)
      const source = trimLine(valueText, { beforeText: firstMark.mark, close })
      return {
        key,
        source,
        isText: beforeText !== beforeValue && firstMark.mark === beforeText,
        end,
      }
    }
    at = text.indexOf(close.trim(), at + 1)
  }
  return 'incomplete'
}

/** Where a mark stands; models write other white space between its tags. */
function findMark(text: string, mark: string, start: number) {
  const tags = mark.trim().split(/(?<=>)\s*(?=<)/)
  const pattern = new RegExp(tags.map(escapePattern).join('\\s*'), 'g')
  pattern.lastIndex = start
  const match = pattern.exec(text)
  return match ? { mark, at: match.index, end: pattern.lastIndex } : undefined
}

function readGemmaCall(text: string, start: number, quote: string): CallResult {
  const brace = text.indexOf('{', start)
  if (brace < 0) return text.length - start > maxNameLength ? 'none' : 'incomplete'
  const name = text.slice(start, brace).trim()
  const result = readValue(text, brace, { quote, bareKeyEnds: ':' })
  if (typeof result === 'string') return result
  return name && !/\s/.test(name) && isJsonObject(result.value)
    ? { call: { name, input: result.value }, end: result.end }
    : 'none'
}
