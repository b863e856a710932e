/** A place in the source of a pattern, which only goes forward. */
export interface SourceReader {
  isAtEnd(): boolean
  /** Whether this text comes next. */
  peek(text: string): boolean
  /** The same, and goes past it. */
  take(text: string): boolean
  /** What a sticky expression finds at the place. */
  peekMatch(expression: RegExp): RegExpExecArray | null
  /** The same, and goes past it. */
  takeMatch(expression: RegExp): RegExpExecArray | null
  /** Throws a SyntaxError at the end. */
  takeCodePoint(): number
}

/** Starts at the first character. */
export function sourceReader(source: string): SourceReader {
  let position = 0

  const peek = (text: string) => source.startsWith(text, position)

  function peekMatch(expression: RegExp): RegExpExecArray | null {
    expression.lastIndex = position
    return expression.exec(source)
  }

  return {
    isAtEnd: () => position >= source.length,
    peek,
    take(text) {
      const isNext = peek(text)
      if (isNext) position += text.length
      return isNext
    },
    peekMatch,
    takeMatch(expression) {
      const match = peekMatch(expression)
      position += match?.[0].length ?? 0
      return match
    },
    takeCodePoint() {
      const codePoint = source.codePointAt(position)
      if (codePoint === undefined) throw new SyntaxError('ends too early')
      position += codePoint > 0xffff ? 2 : 1
      return codePoint
    },
  }
}
