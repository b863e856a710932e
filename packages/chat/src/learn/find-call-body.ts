import { isJsonObject } from '@nano/core/driver'
import type {
  CallBody,
  CallPiece,
  CallSlot,
  JsonBody,
  ParametersBody,
} from '../tool-calls/call-description.ts'
import { parseValue, readValue } from '../tool-calls/read-value.ts'
import { commonEnd, commonStart, withoutEnd } from './common-text.ts'

/** A call that a template was asked to write. Each key and each argument is a word of its own. */
export interface ProbeCall {
  readonly id: string
  readonly name: string
  readonly input: Readonly<Record<string, string>>
  /** Its place among the calls of the reply. */
  readonly index: number
}

/** Where a call stands in a text, and how it is written. */
export interface FoundBody {
  readonly start: number
  readonly end: number
  readonly body: CallBody
}

/** Finds a call in what a template wrote, from `from` on; undefined in an unknown syntax. */
export function findCallBody(text: string, call: ProbeCall, from = 0): FoundBody | undefined {
  const nameAt = text.indexOf(call.name, from)
  if (nameAt < 0) return undefined
  return (
    findJsonObject(text, call, { from, nameAt }) ??
    findNamedJson(text, call, { from, nameAt }) ??
    findGemmaValues(text, call, nameAt) ??
    findPythonCall(text, call, nameAt) ??
    findParameters(text, call, nameAt)
  )
}

interface Place {
  readonly from: number
  readonly nameAt: number
}

/** The outermost JSON object that holds the name and the arguments. */
function findJsonObject(
  text: string,
  call: ProbeCall,
  { from, nameAt }: Place,
): FoundBody | undefined {
  for (let start = text.indexOf('{', from); start >= 0 && start < nameAt;) {
    const { value, end } = readObject(text, start) ?? {}
    const keys = value && findKeys(value, call)
    if (keys && end !== undefined) {
      const pieces = cutAtSlots(text.slice(start, end), call)
      return { start, end, body: { type: 'json', ...(pieces && { pieces }), ...keys } }
    }
    start = text.indexOf('{', start + 1)
  }
  return undefined
}

function readObject(text: string, start: number) {
  const result = readValue(text, start)
  return typeof result === 'object' && isJsonObject(result.value)
    ? { value: result.value, end: result.end }
    : undefined
}

type JsonKeys = Pick<JsonBody, 'nameKey' | 'argumentsKey' | 'idKey'>

/** The keys of a call, or of the call inside an object with one key. */
function findKeys(value: Readonly<Record<string, unknown>>, call: ProbeCall): JsonKeys | undefined {
  const entries = Object.entries(value)
  const keyOf = (isWanted: (entry: unknown) => boolean) =>
    entries.find(([, entry]) => isWanted(entry))?.[0]
  const argumentsKey = keyOf((entry) => holdsArguments(entry, call))
  if (argumentsKey === call.name) return {}
  const nameKey = keyOf((entry) => entry === call.name)
  const idKey = keyOf((entry) => entry === call.id || entry === String(call.index))
  if (nameKey !== undefined && argumentsKey !== undefined)
    return { nameKey, argumentsKey, ...(idKey !== undefined && { idKey }) }
  const innerObject = entries.map(([, entry]) => entry).find(isJsonObject)
  return innerObject && findKeys(innerObject, call)
}

function holdsArguments(entry: unknown, call: ProbeCall): boolean {
  const value = typeof entry === 'string' ? parseValue(entry) : entry
  return isJsonObject(value) && JSON.stringify(value) === JSON.stringify(call.input)
}

/** Cuts a call at its name, its arguments, and its id or its index. */
function cutAtSlots(source: string, call: ProbeCall): readonly CallPiece[] | undefined {
  const nameAt = source.indexOf(call.name)
  const input = findInput(source, call)
  if (nameAt < 0 || !input) return undefined
  const idAt = source.indexOf(call.id)
  const indexAt = idAt < 0 ? findIndex(source, call, input) : -1
  const cuts = [
    { at: nameAt, length: call.name.length, slot: 'name' as CallSlot },
    { at: input.start, length: input.end - input.start, slot: 'arguments' as CallSlot },
    ...(idAt < 0 ? [] : [{ at: idAt, length: call.id.length, slot: 'id' as CallSlot }]),
    ...(indexAt < 0 ? [] : [{ at: indexAt, length: 1, slot: 'index' as CallSlot }]),
  ].sort((a, b) => a.at - b.at)
  const pieces: CallPiece[] = []
  let end = 0
  for (const { at, length, slot } of cuts) {
    if (at > end) pieces.push(source.slice(end, at))
    pieces.push({ slot })
    end = at + length
  }
  return end < source.length ? [...pieces, source.slice(end)] : pieces
}

interface TextRange {
  readonly start: number
  readonly end: number
}

/** Where the arguments stand as JSON. */
function findInput(source: string, call: ProbeCall, from = 0): TextRange | undefined {
  for (let start = source.indexOf('{', from); start >= 0; start = source.indexOf('{', start + 1)) {
    const { value, end } = readObject(source, start) ?? {}
    if (end !== undefined && holdsArguments(value, call)) return { start, end }
  }
  return undefined
}

/** Where a lone digit counts the calls, outside of the arguments. */
function findIndex(source: string, { index }: ProbeCall, input: TextRange): number {
  for (const { index: at } of source.matchAll(/(?<!\d)\d(?!\d)/g))
    if (source[at] === String(index) && (at < input.start || at >= input.end)) return at
  return -1
}

/** The name and the arguments, and the id where it stands before or between them. */
function findNamedJson(
  text: string,
  call: ProbeCall,
  { from, nameAt }: Place,
): FoundBody | undefined {
  const input = findInput(text, call, nameAt)
  if (!input) return undefined
  const idAt = text.indexOf(call.id, from)
  const start = idAt < 0 ? nameAt : Math.min(idAt, nameAt)
  const pieces = cutAtSlots(text.slice(start, input.end), call)
  return pieces && { start, end: input.end, body: { type: 'named', pieces } }
}

/** Where each key and each argument stands. */
function findArguments(text: string, call: ProbeCall, from: number) {
  const [[firstKey = '', firstText = ''] = [], [secondKey = '', secondText = ''] = []] =
    Object.entries(call.input)
  let end = from
  return [firstKey, firstText, secondKey, secondText].map((word) => {
    const start = text.indexOf(word, end)
    end = start + word.length
    return { start, end }
  })
}

function findGemmaValues(text: string, call: ProbeCall, nameAt: number): FoundBody | undefined {
  const afterName = nameAt + call.name.length
  const [key, value, , lastValue] = findArguments(text, call, afterName)
  if (!key || !value || !lastValue || text.slice(afterName, key.start) !== '{') return undefined
  const beforeText = text.slice(key.end, value.start)
  const quote = beforeText.slice(1)
  const end = lastValue.end + quote.length + 1
  if (!beforeText.startsWith(':') || text.slice(lastValue.end, end) !== `${quote}}`)
    return undefined
  return { start: nameAt, end, body: { type: 'gemma', quote } }
}

/** Finds `name(key="text", …)`. */
function findPythonCall(text: string, call: ProbeCall, nameAt: number): FoundBody | undefined {
  const afterName = nameAt + call.name.length
  const [key, value, , lastValue] = findArguments(text, call, afterName)
  if (!key || !value || !lastValue || text.slice(afterName, key.start) !== '(') return undefined
  if (!/^=["']$/.test(text.slice(key.end, value.start))) return undefined
  const end = text.indexOf(')', lastValue.end) + 1
  return end > 0 ? { start: nameAt, end, body: { type: 'python' } } : undefined
}

function findParameters(text: string, call: ProbeCall, nameAt: number): FoundBody | undefined {
  const afterNameAt = nameAt + call.name.length
  const places = findArguments(text, call, afterNameAt)
  const [key, value, nextKey, lastValue] = places
  if (!key || !value || !nextKey || !lastValue || places.some(({ start }) => start < 0))
    return undefined
  const beforeKey = text.slice(afterNameAt, key.start)
  const textBetween = text.slice(value.end, nextKey.start)
  const close = commonStart(textBetween, text.slice(lastValue.end))
  const open = commonEnd(textBetween.slice(close.length), beforeKey)
  const beforeText = text.slice(key.end, value.start)
  if (!open || !beforeText || !close) return undefined
  const body: ParametersBody = {
    type: 'parameters',
    afterName: withoutEnd(beforeKey, open),
    parameter: {
      open,
      beforeText,
      beforeValue: beforeText,
      close,
      separator: withoutEnd(textBetween.slice(close.length), open),
    },
  }
  return { start: nameAt, end: lastValue.end + close.length, body }
}
