import type { Steps } from '../schema/steps.ts'
import { foldJson } from './fold-json.ts'

/** The most characters of a list or an object that is written where it stands. */
const maxInlineLength = 100

/**
 * Finds a text that is the same for the same JSON only, in the same order of names. It grows with
 * the parts that differ: `JSON.stringify` writes a part once for each way that leads to it.
 */
export function* findJsonKey(value: unknown): Steps<string> {
  /** Lists and objects that are long, or have such in them, whose numbers stand in their place. */
  const texts: string[] = []
  const numbers = new Map<string, number>()
  const root = yield* foldJson<string>(value, (part, members, names) => {
    if (!members) return JSON.stringify(part)
    const text = names
      ? `{${names.map((name, index) => `${JSON.stringify(name)}:${members[index]}`).join()}}`
      : `[${members.join()}]`
    if (text.length <= maxInlineLength && !text.includes('@')) return text
    const number = numbers.get(text) ?? texts.push(text) - 1
    numbers.set(text, number)
    return `@${number}`
  })
  yield
  return `${texts.join('\n')}\n${root}`
}
