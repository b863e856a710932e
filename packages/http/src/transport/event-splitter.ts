import { createParser, type EventSourceMessage } from 'eventsource-parser'
import { isJson } from '../is-json.ts'
import type { BodySplitter } from './body-splitter.ts'

interface EventSplitterOptions {
  /** Characters of one event or one document. */
  readonly maxValueLength: number
  /** Makes the error of a longer one. */
  toError(): Error
}

/**
 * Splits server-sent events into the JSON texts of their `data`; comments and other fields are
 * dropped. JSON that stands between events, as some servers report an error, is one more text: a
 * line of it, or a document over several lines. So is an `error` in place of `data`.
 */
export function eventSplitter({ maxValueLength, toError }: EventSplitterOptions): BodySplitter {
  let completeTexts: string[] = []
  let isOversized = false
  let isAtLineStart = true
  /** The document that has begun and is not complete. */
  let document: DocumentReader | undefined

  const parser = createParser({
    maxBufferSize: maxValueLength,
    onEvent: (event) => void completeTexts.push(...readEvent(event)),
    onError: ({ type }) => void (isOversized ||= type === 'max-buffer-size-exceeded'),
  })

  /** Reads events up to a document; returns the text from there on. */
  function readEvents(text: string): string {
    const at = findDocument(text, isAtLineStart)
    const events = at < 0 ? text : text.slice(0, at)
    if (events !== '') {
      parser.feed(events)
      isAtLineStart = isLineEnd(events.charCodeAt(events.length - 1))
    }
    if (at < 0) return ''
    document = documentReader()
    return text.slice(at)
  }

  /** Reads a line of a document; returns the text behind it. */
  function readDocument(reader: DocumentReader, text: string): string {
    const end = text.search(/[\r\n]/)
    reader.pushText(end < 0 ? text : text.slice(0, end))
    isOversized ||= reader.length > maxValueLength
    if (end < 0) return ''
    const textAfter = text.slice(end + 1)
    const outcome = reader.endLine()
    if (outcome === undefined) return textAfter
    document = undefined
    isAtLineStart = true
    // With its own line end: the parser knows the two characters of one.
    if ('event' in outcome) parser.feed(outcome.event + text.charAt(end))
    else completeTexts.push(outcome.document)
    return textAfter
  }

  function push(text: string): readonly string[] {
    let unreadText = text
    while (unreadText !== '' && !isOversized)
      unreadText = document ? readDocument(document, unreadText) : readEvents(unreadText)
    if (isOversized) throw toError()
    const texts = completeTexts
    completeTexts = []
    return texts
  }

  return {
    push,
    end() {
      const texts = push('\n\n')
      return document ? [...texts, document.text()] : texts
    },
  }
}

/**
 * Where a line begins that is JSON in place of a field, or may be an `error`; -1 where none does.
 * Only line ends are looked at, because each piece of each reply passes here.
 */
function findDocument(text: string, isAtLineStart: boolean): number {
  if (isAtLineStart && beginsDocument(text.charCodeAt(0))) return 0
  if (text.includes('\r')) {
    const lineEnd = text.search(/[\r\n][[{e]/)
    return lineEnd < 0 ? -1 : lineEnd + 1
  }
  for (let at = text.indexOf('\n') + 1; at > 0; at = text.indexOf('\n', at) + 1)
    if (beginsDocument(text.charCodeAt(at))) return at
  return -1
}

/** A bracket of JSON, or the first letter of `error` and `event`. */
function beginsDocument(code: number): boolean {
  return code === 0x7b || code === 0x5b || code === 0x65
}

function isLineEnd(code: number): boolean {
  return code === 0x0a || code === 0x0d
}

interface DocumentReader {
  /** Characters so far. */
  readonly length: number
  pushText(text: string): void
  /**
   * Ends a line. Returns the document where it is complete, or a line that belongs to an event:
   * then what preceded it was no JSON.
   */
  endLine(): { readonly document: string } | { readonly event: string } | undefined
  text(): string
}

function documentReader(): DocumentReader {
  const lines: string[] = []
  let line = ''
  let length = 0
  return {
    get length() {
      return length
    },
    pushText(text) {
      line += text
      length += text.length
    },
    endLine() {
      const endedLine = line
      line = ''
      if (/^(?:data|event|id|retry)?:/.test(endedLine)) return { event: endedLine }
      // Older versions of llama-server.
      if (endedLine.startsWith('error:'))
        return { document: toReport(endedLine.slice('error:'.length).trim()) }
      if (lines.length === 0 && endedLine.startsWith('e')) return { event: endedLine }
      lines.push(endedLine)
      // A document over several lines ends with a bracket that is not indented.
      const mayEnd = lines.length === 1 || /^[\]}]/.test(endedLine)
      const document = mayEnd ? lines.join('\n') : ''
      return isJson(document) ? { document } : undefined
    },
    text: () => lines.join('\n'),
  }
}

/**
 * The data of an event; that of an `error` becomes a report of one, whatever its form. Some servers
 * leave out the blank line between events, so the lines of one may be a text each.
 */
function readEvent({ event, data }: EventSourceMessage): readonly string[] {
  if (event === 'error') return [toReport(data)]
  const lines = data.split('\n')
  const isJoined = lines.length > 1 && !isJson(data) && lines.every(isWholeText)
  return isJoined ? lines : [data]
}

function isWholeText(line: string): boolean {
  return line === '[DONE]' || isJson(line)
}

/** The JSON of a report of an error, whose data may have any form. */
export function toReport(data: string): string {
  const value = isJson(data) ? (JSON.parse(data) as unknown) : data
  const isReport = typeof value === 'object' && value !== null && 'error' in value
  return isReport ? data : JSON.stringify({ error: value })
}
