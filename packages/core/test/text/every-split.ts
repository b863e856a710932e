import { isDeepStrictEqual } from 'node:util'
import { expect } from 'vitest'
import type { Part } from '../../src/part.ts'
import type { TextMachine } from '../../src/text/machine.ts'
import { isLongRun } from '../../../../test/shared/long-run.ts'

/** What a machine makes of pushes, joined. */
export function joinParts(
  machine: TextMachine,
  pushes: readonly string[],
): { reasoning: string; text: string; calls: unknown[] } {
  const reply = { reasoning: '', text: '', calls: [] as unknown[] }
  const collectParts = (parts: Iterable<Part>) => {
    for (const part of parts) {
      if (part.type === 'text' || part.type === 'reasoning') {
        if (part.text === '') throw new Error(`an empty ${part.type} part`)
        reply[part.type] += part.text
      } else reply.calls.push(part)
    }
  }
  for (const push of pushes) collectParts(machine.push(push))
  collectParts(machine.end())
  return reply
}

type Read = (pushes: readonly string[]) => unknown

/** Fails with the first split of the text of which something else is read. */
export function expectForEverySplit(text: string, readPushes: Read, expected: unknown): void {
  for (const pushes of everySplit(text)) expectRead(readPushes, pushes, expected)
}

/**
 * Fails where something else is read. An expectation takes longer than to read a reply, so only
 * what differs gets one.
 */
export function expectRead(readPushes: Read, pushes: readonly string[], expected: unknown): void {
  const result = readPushes(pushes)
  if (!isDeepStrictEqual(result, expected)) expect(result, JSON.stringify(pushes)).toEqual(expected)
}

/**
 * The text whole, character by character, and cut in three: at every pair of places in the long
 * run. In `npm test`, a text of more than 40 characters is cut at every pair up to six characters
 * apart, which reaches into each marker, and at one in seven of the others.
 */
function* everySplit(text: string): Iterable<string[]> {
  yield [text]
  yield [...text]
  const takesAll = isLongRun || text.length <= 40
  for (let i = 0; i <= text.length; i++)
    for (let j = i; j <= text.length; j++)
      if (takesAll || j - i <= 6 || (i + j) % 7 === 0)
        yield [text.slice(0, i), text.slice(i, j), text.slice(j)]
}
