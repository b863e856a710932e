/** Knows whether text stands in Markdown code. */
export interface CodeSpans {
  /** Reads text in order; increments may fall anywhere, inside a run of backticks too. */
  read(text: string): void
  /** Whether what comes next, if it is not a backtick, stands in a code span or a fenced block. */
  readonly inside: boolean
}

/**
 * Follows Markdown code: fences of three or more backticks or tildes at the start of a line, and
 * inline spans. An inline span left open ends with its line, so that one stray backtick cannot hide
 * the rest of a reply.
 * @see https://spec.commonmark.org/0.31.2/#fenced-code-blocks
 */
export function codeSpans(): CodeSpans {
  /** The delimiter of the code we are in. */
  let open:
    | { readonly mark: string; readonly length: number; readonly isFence: boolean }
    | undefined
  /** The run of marks being read; a run is over at the first other character. */
  let run = { mark: '', length: 0, isFence: false }
  /** Only white space since the last line break. */
  let isLineStart = true

  function resolveRun(): typeof open {
    const { mark, length, isFence } = run
    if (length === 0) return open
    if (!open) return isFence || mark === '`' ? { mark, length, isFence } : undefined
    if (mark !== open.mark) return open
    const isClosing = open.isFence ? isFence && length >= open.length : length === open.length
    return isClosing ? undefined : open
  }

  return {
    read(text) {
      // Most tokens are words.
      if (run.length === 0 && !isLineStart && !/[`~\n]/.test(text)) return
      for (const piece of text.match(/`+|~+|\n|[^`~\n]+/g) ?? []) {
        const mark = piece.charAt(0)
        if (mark === '`' || mark === '~') {
          if (mark !== run.mark) {
            open = resolveRun()
            run = { mark, length: 0, isFence: false }
          }
          const length = run.length + piece.length
          run = {
            mark,
            length,
            isFence: (run.length === 0 ? isLineStart : run.isFence || isLineStart) && length >= 3,
          }
          continue
        }
        open = resolveRun()
        run = { mark: '', length: 0, isFence: false }
        if (piece === '\n') {
          if (!open?.isFence) open = undefined
          isLineStart = true
        } else if (piece.trim()) isLineStart = false
      }
    },
    get inside() {
      return resolveRun() !== undefined
    },
  }
}
