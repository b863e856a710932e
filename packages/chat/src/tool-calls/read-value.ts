import { isJsonObject } from '@nano/core/driver'

/** A value in a text, and where it ends. */
interface ReadValue {
  readonly value: unknown
  readonly end: number
}

/** `incomplete`: more text may complete a value; `none`: no text can. */
export type ValueResult = ReadValue | 'incomplete' | 'none'

interface ValueSyntax {
  /** A mark around texts, besides quotes, such as Gemma's `<|"|>`. Nothing in them is escaped. */
  readonly quote?: string | undefined
  /** Keys may stand without quotes, and end with one of these. */
  readonly bareKeyEnds?: string
  /** Texts may hold their own quote: one that is followed by what follows a text ends it. */
  readonly hasRawQuotes?: boolean
}

const valueWords: Readonly<Record<string, unknown>> = {
  true: true,
  false: false,
  null: null,
  True: true,
  False: false,
  None: null,
}

const escapes: Readonly<Record<string, string>> = {
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
}

/** Deeper values are none: no tool has them, and each level is a call of a function. */
const maxDepth = 100

/**
 * Reads a value at `start` as small models write JSON: with raw line breaks, comments, a comma too
 * many, and Python's quotes and words. A number whose digits would get lost is none.
 */
export function readValue(text: string, start: number, syntax: ValueSyntax = {}): ValueResult {
  return valueReader(text, syntax).read(start, 0)
}

/** The value that the whole text is, white space aside; undefined where it is none. */
export function parseValue(text: string): unknown {
  if (!mayHoldLargeNumber.test(text))
    try {
      return JSON.parse(text)
    } catch {
      // Read it as small models write it.
    }
  for (const hasRawQuotes of [false, true]) {
    // The space ends a number.
    const result = readValue(`${text} `, 0, { hasRawQuotes, bareKeyEnds: hasRawQuotes ? ':' : '' })
    if (typeof result === 'object' && text.slice(result.end).trim() === '') return result.value
  }
  return undefined
}

/** The arguments of a call, which may be JSON in a text; undefined where they are no object. */
export function parseInput(writtenInput: unknown): object | undefined {
  // A text in a text: some models encode twice.
  let value = writtenInput
  for (let depth = 0; depth < 3 && typeof value === 'string'; depth++)
    value = parseValue(value.trim() || '{}')
  return isJsonObject(value) ? value : undefined
}

/** `JSON.parse` rounds integers from 2^53 on, and makes others infinite. */
const mayHoldLargeNumber = /\d{16}|\d[eE]\+?\d{3}/

/** What may follow a text: the end of what holds it, or another key or value. */
const afterText = /^\s*([}\]):]|$|,\s*(["'{[\d-]|true|false|null|True|False|None|[\w$]+\s*:|$))/

function valueReader(text: string, { quote, bareKeyEnds = '', hasRawQuotes = false }: ValueSyntax) {
  /** Skips white space and comments. */
  function skipSpace(start: number): number {
    let at = start
    while (/\s/.test(text.charAt(at))) at++
    if (text.charAt(at) !== '/') return at
    const end = { '//': '\n', '/*': '*/' }[text.slice(at, at + 2)]
    if (end === undefined) return at + 1 === text.length ? text.length : at
    const endAt = text.indexOf(end, at + 2)
    return endAt < 0 ? text.length : skipSpace(endAt + end.length)
  }

  function skipCommas(start: number): number {
    let at = skipSpace(start)
    while (text.charAt(at) === ',') at = skipSpace(at + 1)
    return at
  }

  function readValueAt(start: number, depth: number): ValueResult {
    const at = skipSpace(start)
    if (at >= text.length) return 'incomplete'
    if (depth > maxDepth) return 'none'
    if (quote !== undefined && text.startsWith(quote, at)) return readMarkedText(at, quote)
    if (quote?.startsWith(text.slice(at))) return 'incomplete'
    const character = text.charAt(at)
    if (character === '{') return readObject(at + 1, depth)
    if (character === '[' || character === '(') return readList(at + 1, depth, character)
    return character === '"' || character === "'" ? readString(at) : readWord(at)
  }

  function readMarkedText(at: number, mark: string): ValueResult {
    const end = text.indexOf(mark, at + mark.length)
    if (end < 0) return 'incomplete'
    return { value: text.slice(at + mark.length, end), end: end + mark.length }
  }

  function readString(start: number): ValueResult {
    const mark = text.charAt(start)
    let value = ''
    for (let at = start + 1; at < text.length; at++) {
      const character = text.charAt(at)
      if (character === mark && (!hasRawQuotes || afterText.test(text.slice(at + 1, at + 100))))
        return { value, end: at + 1 }
      if (character !== '\\') value += character
      else if (text.charAt(at + 1) === 'u' && /^[\da-f]{4}$/i.test(text.slice(at + 2, at + 6))) {
        value += String.fromCharCode(Number.parseInt(text.slice(at + 2, at + 6), 16))
        at += 5
      } else {
        const escapedCharacter = text.charAt(++at)
        value +=
          escapes[escapedCharacter] ??
          (/["'`\\/\n]/.test(escapedCharacter) ? escapedCharacter : `\\${escapedCharacter}`)
      }
    }
    return 'incomplete'
  }

  /** A number, or a word such as `true`. */
  function readWord(at: number): ValueResult {
    const [word = ''] = /^[-+\w.]+/.exec(text.slice(at, at + 400)) ?? []
    const end = at + word.length
    if (end >= text.length) return 'incomplete'
    if (Object.hasOwn(valueWords, word)) return { value: valueWords[word], end }
    const isNumber = /^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/.test(word)
    return isNumber && keepsDigits(word) ? { value: Number(word), end } : 'none'
  }

  function readList(start: number, depth: number, open: string): ValueResult {
    const close = open === '[' ? ']' : ')'
    const items: unknown[] = []
    for (let at = skipCommas(start); ;) {
      if (text.charAt(at) === close) return { value: items, end: at + 1 }
      const item = readValueAt(at, depth + 1)
      if (typeof item === 'string') return item
      items.push(item.value)
      const next = readComma(item.end, close)
      if (typeof next === 'string') return next
      at = next
    }
  }

  function readObject(start: number, depth: number): ValueResult {
    const entries: (readonly [key: string, value: unknown])[] = []
    for (let at = skipCommas(start); ;) {
      if (text.charAt(at) === '}') return { value: Object.fromEntries(entries), end: at + 1 }
      const key = readKey(at, depth)
      if (typeof key === 'string') return key
      const colonAt = skipSpace(key.end)
      if (colonAt >= text.length) return 'incomplete'
      if (text.charAt(colonAt) !== ':') return 'none'
      const value = readValueAt(colonAt + 1, depth + 1)
      if (typeof value === 'string') return value
      entries.push([String(key.value), value.value])
      const next = readComma(value.end, '}')
      if (typeof next === 'string') return next
      at = next
    }
  }

  function readKey(at: number, depth: number): ValueResult {
    const key = bareKeyEnds ? readBareKey(at) : undefined
    if (key) return key
    const quoted = readValueAt(at, depth + 1)
    return typeof quoted === 'string' || typeof quoted.value === 'string' ? quoted : 'none'
  }

  function readBareKey(at: number): ValueResult | undefined {
    const [key = ''] = /^[\w$.-]+/.exec(text.slice(at, at + 400)) ?? []
    if (!key) return undefined
    const end = at + key.length
    return end >= text.length ? 'incomplete' : { value: key, end }
  }

  /** Where the next item starts, behind a comma, or the list ends. */
  function readComma(start: number, close: string): number | 'incomplete' | 'none' {
    const at = skipSpace(start)
    if (at >= text.length) return 'incomplete'
    if (text.charAt(at) === close) return at
    if (text.charAt(at) !== ',') return 'none'
    const next = skipCommas(at)
    return next >= text.length ? 'incomplete' : next
  }

  return { read: readValueAt }
}

/** Whether a number is finite, and an integer not rounded. */
function keepsDigits(word: string): boolean {
  const value = Number(word)
  if (!Number.isFinite(value)) return false
  return Number.isSafeInteger(value) || !/^[-+]?\d+$/.test(word)
}
