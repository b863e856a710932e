import { formats } from '@nano/chat'
import type { Engine } from '@nano/chat/engine'
import { type ErrorCode, NanoError } from '@nano/core'
import { expect, it } from 'vitest'
import { supportsGrammar } from '../../src/completions/grammar-support.ts'

type Outcome = ErrorCode | { readonly says: string }

/**
 * A server that does with each grammar, and with each prompt without one, what is next in its list,
 * the last for ever.
 */
function trial({
  held,
  free = [{ says: 'hm' }],
}: {
  readonly held: readonly Outcome[]
  readonly free?: readonly Outcome[]
}): Promise<boolean> {
  const asked = { held: 0, free: 0 }
  const next = (kind: 'held' | 'free', outcomes: readonly Outcome[]) =>
    outcomes[Math.min(asked[kind]++, outcomes.length - 1)]!
  const engine: Pick<Engine, 'tokenize' | 'complete'> = {
    tokenize: async () => [1],
    async *complete(_prompt, { grammar }) {
      const outcome = grammar === undefined ? next('free', free) : next('held', held)
      if (typeof outcome === 'string') throw new NanoError(outcome, 'so it goes')
      yield { text: outcome.says, tokens: [1], finishReason: 'length' }
    },
  }
  return supportsGrammar(engine as Engine, formats.nemotron, new AbortController().signal)
}

const kept = { says: '=~~é' }

it('a server that says what the grammar says keeps to it, and one that says something else does not', async () => {
  expect(await trial({ held: [kept] })).toBe(true)
  expect(await trial({ held: [{ says: 'Well, =~~é' }] })).toBe(false)
})

it.each(['invalid-request', 'unsupported', 'unavailable', 'out-of-memory'] as const)(
  'one that answers a grammar with %s, and else replies, does not',
  async (code) => {
    expect(await trial({ held: [code] })).toBe(false)
  },
)

it('one that was away for a moment is asked again', async () => {
  expect(await trial({ held: ['unavailable', kept] })).toBe(true)
})

it.each(['unavailable', 'rate-limited', 'unauthorized', 'not-found'] as const)(
  'one that answers nothing but %s is not judged',
  async (code) => {
    await expect(trial({ held: [code], free: [code] })).rejects.toMatchObject({ code })
  },
)
