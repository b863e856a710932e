import type { Part } from '@nano/core'
import type { ReasoningSplitter } from '@nano/core/driver'

type ToolCallPart = Extract<Part, { readonly type: 'tool-call' }>

/** Calls in a thought or in a line of text, which are calls only where nothing follows them. */
export interface HeldCalls {
  /** Their tag. */
  readonly marker: string
  /** Everything from their tag on. */
  readonly source: string
  /** Returns whether all that was pushed may still be calls. */
  push(text: string): boolean
  /** The calls; undefined where there is anything besides. */
  end(isCut: boolean): readonly ToolCallPart[] | undefined
}

/** Holds calls back. `splitter` reads them from their tag on, and everything else as text. */
export function heldCalls(marker: string, splitter: ReasoningSplitter): HeldCalls {
  let source = ''
  const calls: ToolCallPart[] = []
  let hasText = false

  function readParts(parts: Iterable<Part>): void {
    for (const part of parts)
      if (part.type === 'tool-call') calls.push(part)
      else hasText ||= part.type !== 'text' || part.text.trim() !== ''
  }

  return {
    marker,
    get source() {
      return source
    },
    push(text) {
      source += text
      readParts(splitter.push(text))
      return !hasText
    },
    end(isCut) {
      readParts(splitter.end(isCut))
      return hasText ? undefined : calls
    },
  }
}
