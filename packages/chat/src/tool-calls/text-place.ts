/** Where the next character of a reply's text stands. */
export interface TextPlace {
  /** The text has nothing but white space so far. */
  readonly isReplyStart: boolean
  /** The line in hand has no text yet, as behind a thought and behind a call. */
  readonly isLineStart: boolean
  read(text: string): void
  startLine(): void
}

/** The place behind a text, which is '' at the start of a reply. */
export function textPlace(earlierText: string): TextPlace {
  let isReplyStart = earlierText.trim() === ''
  let isLineStart = true
  return {
    get isReplyStart() {
      return isReplyStart
    },
    get isLineStart() {
      return isLineStart
    },
    read(text) {
      isReplyStart &&= text.trim() === ''
      const startsLine = isLineStart || text.includes('\n')
      isLineStart = startsLine && text.slice(text.lastIndexOf('\n') + 1).trim() === ''
    },
    startLine() {
      isLineStart = true
    },
  }
}
