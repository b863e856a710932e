import { NanoError } from '@nano/core'
import type { BodySplitter } from './body-splitter.ts'
import { eventSplitter, toReport } from './event-splitter.ts'

/**
 * Characters of one event, line or document. A token never comes near it; a body without end
 * reaches it.
 */
export const maxValueLength = 16 * 1024 * 1024

/** Characters of a body without values that are kept to say what it is. */
const maxStartLength = 4_096
/** A line of an event, or JSON. */
const valueLine = /^(?:(?:data|event|id|retry)?:|[[{])/m

interface SplitterOptions {
  /** Begins error messages. */
  readonly label: string
  /** Host and port. */
  readonly host: string
}

/**
 * Chooses the splitter by how the body begins: servers and proxies send event streams as JSON, and
 * JSON or an HTML page as an event stream. Lines of JSON alone have to name themselves, because an
 * event stream may contain some. A body of prose, which is the answer of a proxy, becomes a report
 * of an error.
 */
export function bodySplitter(contentType: string, options: SplitterOptions): BodySplitter {
  const { label } = options
  const isLines = /ndjson|jsonl|json-seq/i.test(contentType)
  let splitter: BodySplitter | undefined
  let start = ''
  let hasValues = false

  function chooseSplitter(): BodySplitter {
    if (start.startsWith('<')) throw htmlError(options)
    const isEventField = /^[deir:]/.test(start)
    return isLines && !isEventField
      ? lineSplitter(label)
      : eventSplitter({ maxValueLength, toError: () => oversizedBodyError(label) })
  }

  const isProse = () => start !== '' && !valueLine.test(start)
  const readProse = () => toReport(start.slice(0, maxStartLength))

  return {
    push(text) {
      if (hasValues && splitter) return splitter.push(text)
      const isFirst = splitter === undefined
      if (start.length < maxStartLength) start = (start + text).trimStart()
      if (start === '') return []
      splitter ??= chooseSplitter()
      const texts = splitter.push(isFirst ? start : text)
      hasValues = texts.length > 0
      // Many words say enough; one long word may yet become a value.
      const isLong = start.length >= maxStartLength && /\s/.test(start)
      return !hasValues && isLong && isProse() ? [readProse()] : texts
    },
    end() {
      const texts = splitter?.end() ?? []
      return !hasValues && texts.length === 0 && isProse() ? [readProse()] : texts
    },
  }
}

export function oversizedBodyError(label: string): NanoError {
  return new NanoError(
    'bad-output',
    `${label}: the server sent one value of more than ${maxValueLength} characters; ` +
      'the connection was closed',
  )
}

/** Proxies and web interfaces answer with an HTML page under the status 200. */
export function htmlError({ label, host }: SplitterOptions): NanoError {
  return new NanoError(
    'bad-output',
    `${label}: ${host} answered with an HTML page instead of JSON. ` +
      'Check that the address is the server itself, not a web interface or a proxy',
    // A proxy may show a page until its server is ready, and another server of a pool may answer.
    { retryable: true },
  )
}

/** Each line is one JSON text. */
function lineSplitter(label: string): BodySplitter {
  let partialLine = ''
  return {
    push(text) {
      // Only the new text is searched: searching a long line again for each chunk is O(n²).
      if (!text.includes('\n')) {
        partialLine += text
        if (partialLine.length > maxValueLength) throw oversizedBodyError(label)
        return []
      }
      const lines = (partialLine + text).split('\n')
      partialLine = lines.pop() ?? ''
      return lines
    },
    end() {
      const lastLine = partialLine
      partialLine = ''
      return [lastLine]
    },
  }
}
