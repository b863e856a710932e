import { formats } from '@nano/chat'
import type { Engine } from '@nano/chat/engine'
import { type ErrorCode, NanoError } from '@nano/core'
import { expect, it } from 'vitest'
import { supportsGrammar } from '../../src/completions/grammar-support.ts'

/** An error that a completion rejects with, or the text that it gives. */
type Outcome = ErrorCode | { readonly text: string }

interface Outcomes {
  /** Of completions with a grammar, in order; the last one repeats. */
  readonly withGrammar: readonly Outcome[]
  /** Of completions without one, in order; the last one repeats. */
  readonly withoutGrammar?: readonly Outcome[]
}

function testServer({
  withGrammar,
  withoutGrammar = [{ text: 'hm' }],
}: Outcomes): Promise<boolean> {
  const counts = { withGrammar: 0, withoutGrammar: 0 }
  const engine: Pick<Engine, 'tokenize' | 'complete'> = {
    tokenize: async () => [1],
    async *complete(_prompt, { grammar }) {
      const [outcomes, count] =
        grammar === undefined
          ? [withoutGrammar, counts.withoutGrammar++]
          : [withGrammar, counts.withGrammar++]
      const outcome = outcomes[Math.min(count, outcomes.length - 1)]!
      if (typeof outcome === 'string') throw new NanoError(outcome, 'the completion failed')
      yield { text: outcome.text, tokens: [1], finishReason: 'length' }
    },
  }
  return supportsGrammar(engine as Engine, formats.nemotron, new AbortController().signal)
}

const grammarText = { text: '=~~é' }

it('a server supports grammars when its completion is what the grammar allows', async () => {
  expect(await testServer({ withGrammar: [grammarText] })).toBe(true)
  expect(await testServer({ withGrammar: [{ text: 'Well, =~~é' }] })).toBe(false)
})

it.each(['invalid-request', 'unsupported', 'unavailable', 'out-of-memory'] as const)(
  'a server that rejects a grammar with %s, and completes without one, does not support it',
  async (code) => {
    expect(await testServer({ withGrammar: [code] })).toBe(false)
  },
)

it('a server that was unavailable for a moment is tested again', async () => {
  expect(await testServer({ withGrammar: ['unavailable', grammarText] })).toBe(true)
})

it.each(['unavailable', 'rate-limited', 'unauthorized', 'not-found'] as const)(
  'opening rejects with %s where every completion does',
  async (code) => {
    await expect(testServer({ withGrammar: [code], withoutGrammar: [code] })).rejects.toMatchObject(
      { code },
    )
  },
)
