import type { Part } from '../../src/part.ts'
import type { TextMachine } from '../../src/text/machine.ts'

/** What a machine makes of pushes, joined. */
export function joined(
  machine: TextMachine,
  pushes: readonly string[],
): { reasoning: string; text: string; calls: unknown[] } {
  const out = { reasoning: '', text: '', calls: [] as unknown[] }
  const take = (parts: Iterable<Part>) => {
    for (const part of parts) {
      if (part.type === 'text' || part.type === 'reasoning') {
        if (part.text === '') throw new Error(`an empty ${part.type} part`)
        out[part.type] += part.text
      } else out.calls.push(part)
    }
  }
  for (const push of pushes) take(machine.push(push))
  take(machine.end())
  return out
}

/** The text whole, character by character, and cut in three at every pair of places. */
export function* everySplit(text: string): Iterable<string[]> {
  yield [text]
  yield [...text]
  for (let i = 0; i <= text.length; i++) {
    for (let j = i; j <= text.length; j++) yield [text.slice(0, i), text.slice(i, j), text.slice(j)]
  }
}
