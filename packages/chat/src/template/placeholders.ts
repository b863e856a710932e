import { randomInteger } from '@nano/core/driver'

/** A piece of a template's output: what it wrote itself, or the content of a message. */
type OutputPiece = { readonly markup: string } | { readonly content: string }

/** Placeholders that stand for the content of messages while a template runs. */
interface Placeholders {
  /** The content with a placeholder for all of it but the white space around it. */
  hide(content: string): string
  /** The first content whose placeholder the output does not hold. */
  findMissing(output: string): string | undefined
  /** The output, cut at the placeholders. */
  split(output: string): readonly OutputPiece[]
}

/** Makes placeholders for the messages of one rendering. */
export function placeholders(): Placeholders {
  const contents = new Map<string, string>()

  return {
    hide(content) {
      const hidden = content.trim()
      if (!hidden) return content
      const placeholder = randomLetters() + filterProbe + randomLetters()
      contents.set(placeholder, hidden)
      const start = content.indexOf(hidden)
      return content.slice(0, start) + placeholder + content.slice(start + hidden.length)
    },
    findMissing(output) {
      return [...contents].find(([placeholder]) => !output.includes(placeholder))?.[1]
    },
    split(output) {
      if (contents.size === 0) return [{ markup: output }]
      const patterns = [...contents.keys()].map((key) => key.replaceAll('\\', '\\\\'))
      return output.split(new RegExp(`(${patterns.join('|')})`)).map((piece) => {
        const content = contents.get(piece)
        return content === undefined ? { markup: piece } : { content }
      })
    },
  }
}

/**
 * Text that every filter changes which changes text at all: those for JSON, HTML, case, lines and
 * white space. Letters alone would come out of `tojson` unchanged.
 */
const filterProbe = ` "'\\/\n  <b>&amp;\té Zz0 `

/** Letters that nobody can guess, so that no message can contain a placeholder. */
function randomLetters(): string {
  return String.fromCharCode(...Array.from({ length: 32 }, () => 97 + (randomInteger() % 26)))
}
