import { NanoError } from '@nano/core'
import { createParser } from 'eventsource-parser'

/**
 * Characters of one event, line or document. A token never comes near it; a body without end
 * reaches it.
 */
export const maxValueLength = 16 * 1024 * 1024

/** Splits the text of a body, which arrives in pieces, into JSON texts. */
export interface BodySplitter {
  /** Returns the JSON texts that `text` completes. */
  push(text: string): readonly string[]
  /** Returns the JSON texts that the end of the body completes. */
  end(): readonly string[]
}

/** Chooses the splitter by the content type; server-sent events where it names no JSON. */
export function bodySplitter(contentType: string, label: string): BodySplitter {
  if (/ndjson|jsonl|json-seq/i.test(contentType)) return lineSplitter(label)
  return /json/i.test(contentType) ? documentSplitter(label) : eventSplitter(label)
}

export function oversizedBodyError(label: string): NanoError {
  return new NanoError(
    'bad-output',
    `${label}: the server sent one value of more than ${maxValueLength} characters; ` +
      'the connection was closed',
  )
}

/** The `data` of server-sent events; comments and other fields are dropped. */
function eventSplitter(label: string): BodySplitter {
  let completeEvents: string[] = []
  let isOversized = false
  const parser = createParser({
    maxBufferSize: maxValueLength,
    onEvent: ({ data }) => void completeEvents.push(data),
    onError: ({ type }) => void (isOversized ||= type === 'max-buffer-size-exceeded'),
  })
  function push(text: string): readonly string[] {
    parser.feed(text)
    if (isOversized) throw oversizedBodyError(label)
    const events = completeEvents
    completeEvents = []
    return events
  }
  return { push, end: () => push('\n\n') }
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
      return lines.filter((line) => line.trim() !== '')
    },
    end() {
      const lastLine = partialLine
      partialLine = ''
      return lastLine.trim() === '' ? [] : [lastLine]
    },
  }
}

/** A server that does not stream answers with one JSON document, on any number of lines. */
function documentSplitter(label: string): BodySplitter {
  let document = ''
  return {
    push(text) {
      document += text
      if (document.length > maxValueLength) throw oversizedBodyError(label)
      return []
    },
    end: () => (document.trim() === '' ? [] : [document]),
  }
}
