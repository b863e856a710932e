import type { CallDescription } from './call-description.ts'

/** What a reader looks for: the texts of a description without the white space around them. */
export interface CallMarks {
  /** What begins the calls of a reply; '' where they begin with their own text. */
  readonly tag: string
  /** What ends them, where something does. */
  readonly closingTag?: string
  /** What stands before and after each call within the tags. */
  readonly start: string
  readonly end: string
}

/** The first tag of a text, and the rest. */
const firstTag = /^(<[^<>]*>|\[[A-Z_]+\])([\s\S]*)$/
const lastTag = /^([\s\S]*?)(<[^<>]*>|\[\/[A-Z_]+\])$/

/** Finds the tags, and where one call begins and ends between them. */
export function findCallMarks({ open, callOpen, callClose, close }: CallDescription): CallMarks {
  const outerTag = open.trim().replace(/(?:[\s[]|```\w*)+$/, '')
  const outerClosing = close.trim().replace(/^(?:[\s,\]]|```)+/, '')
  if (outerTag)
    return {
      tag: outerTag,
      ...(outerClosing && { closingTag: outerClosing }),
      start: callOpen.trim(),
      end: callClose.trim(),
    }
  const [, tag = callOpen.trim(), start = ''] = firstTag.exec(callOpen.trim()) ?? []
  const closing = (callClose + close).trim()
  const [, end = closing, closingTag = ''] =
    start || tag.startsWith('<') ? (lastTag.exec(closing) ?? []) : []
  return { tag, ...(closingTag && { closingTag }), start: start.trim(), end: end.trim() }
}

/** The first of several markers in `text`, and where it is; at infinity where there is none. */
export function findFirstMark(
  text: string,
  markers: readonly string[],
): { readonly at: number; readonly marker?: string } {
  let first: { at: number; marker?: string } = { at: Infinity }
  for (const marker of markers) {
    const at = text.indexOf(marker)
    if (at >= 0 && at < first.at) first = { at, marker }
  }
  return first
}
