import { sliceText } from '../text/text.ts'
import type { TextValue } from '../values/value.ts'
import { isSpace } from '../text/white-space.ts'

export interface WrapOptions {
  readonly width: number
  readonly breaksWords: boolean
  readonly breaksHyphens: boolean
}

interface Chunk {
  readonly start: number
  readonly end: number
}

/** Cuts a line into lines of a width, as Python's `textwrap` does. */
export function wrapWords(text: TextValue, options: WrapOptions): TextValue[] {
  const { string } = text
  const width = Math.max(options.width, 1)
  const chunks = cutChunks(string, options).toReversed()
  const isBlank = ({ start }: Chunk) => isSpace(string[start])
  const lines: TextValue[] = []

  while (chunks.length > 0) {
    const line: Chunk[] = []
    let length = 0
    const first = chunks.at(-1)
    if (lines.length > 0 && first && isBlank(first)) chunks.pop()
    for (let next = chunks.at(-1); next && length + size(next) <= width; next = chunks.at(-1)) {
      line.push(next)
      length += size(next)
      chunks.pop()
    }
    const long = chunks.at(-1)
    if (long && size(long) > width) {
      chunks.pop()
      if (options.breaksWords) {
        const cutEnd = long.start + Math.max(width - length, 1)
        line.push({ start: long.start, end: cutEnd })
        if (cutEnd < long.end) chunks.push({ start: cutEnd, end: long.end })
      } else if (line.length === 0) line.push(long)
      else chunks.push(long)
    }
    const last = line.at(-1)
    if (last && isBlank(last)) line.pop()
    const [start, end] = [line[0]?.start, line.at(-1)?.end]
    if (start !== undefined && end !== undefined) lines.push(sliceText(text, start, end))
  }
  return lines
}

function size({ start, end }: Chunk): number {
  return end - start
}

/** Words and the white space between them; words end after hyphens between letters too. */
function cutChunks(string: string, { breaksHyphens }: WrapOptions): Chunk[] {
  const chunks: Chunk[] = []
  let start = 0
  for (let offset = 1; offset <= string.length; offset += 1) {
    const isEdge =
      offset === string.length || isSpace(string[offset]) !== isSpace(string[offset - 1])
    const isAfterHyphen =
      breaksHyphens &&
      string[offset - 1] === '-' &&
      /[\p{L}]/u.test(string[offset] ?? '') &&
      /^\p{L}{2}$/u.test(string.slice(Math.max(offset - 3, start), offset - 1))
    if (!isEdge && !isAfterHyphen) continue
    chunks.push({ start, end: offset })
    start = offset
  }
  return chunks
}
