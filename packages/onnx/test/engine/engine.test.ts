import type { Tokenizer } from '@nano/chat/tokenizer'
import { expect, it } from 'vitest'
import { engine } from '../../src/engine/engine.ts'
import type { RemoteSession } from '../../src/worker/remote-session.ts'

const tokenizer: Tokenizer = {
  vocabularySize: 8,
  addedTokens: [],
  tokenize: () => [],
  detokenize: (tokens) => tokens.join(' '),
  controlTokenId: () => undefined,
}
const prompt = [1, 2, 3, 4, 5, 6]

/** A session whose first run takes until it is let go. */
function slow() {
  const calls: string[] = []
  const run = Promise.withResolvers<unknown>()
  const call = async (name: string) => {
    calls.push(name)
    if (name === 'begin') return { cachedInput: 0 }
    if (name === 'next') return [{ token: 7 }]
    return calls.filter((other) => other === 'read').length === 1 ? run.promise : undefined
  }
  const session = { call, close: async () => {} } as unknown as RemoteSession
  return {
    calls,
    letGo: () => run.resolve(undefined),
    complete: engine({
      session,
      tokenizer,
      info: { model: 'm', contextLength: 64 },
      ends: new Set([7]),
      parallel: 1,
      batchSize: 4,
    }).complete,
  }
}

it('an abort is heard while a run reads the prompt, and the next request comes after that run', async () => {
  const { calls, letGo, complete } = slow()
  const abort = new AbortController()
  const first = complete(prompt, { sampling: {}, maxTokens: 4, signal: abort.signal }).next()
  setTimeout(() => abort.abort(new RangeError('enough')), 5)
  await expect(first).rejects.toThrow('enough')

  const second = complete(prompt, {
    sampling: {},
    maxTokens: 4,
    signal: new AbortController().signal,
  })
  expect(await second.next()).toMatchObject({ value: { finishReason: 'stop' } })
  expect(calls).toEqual(['begin', 'read', 'begin', 'read', 'next'])
  letGo()
})

it('a reply that is left while its next run is under way has the sequence until that ended', async () => {
  const calls: string[] = []
  const run = Promise.withResolvers<unknown>()
  const call = async (name: string) => {
    calls.push(name)
    if (name === 'begin') return { cachedInput: 0, first: { token: 1 } }
    const steps = calls.filter((other) => other === 'next').length
    return steps === 1 ? [{ token: 2, ahead: [3, 4] }] : steps === 2 ? run.promise : [{ token: 7 }]
  }
  const { complete } = engine({
    session: { call, close: async () => {} } as unknown as RemoteSession,
    tokenizer,
    info: { model: 'm', contextLength: 64 },
    ends: new Set([7]),
    parallel: 1,
    batchSize: 16,
  })
  const options = { sampling: {}, maxTokens: 20, signal: new AbortController().signal }
  const first = complete(prompt, options)
  for (const token of [1, 2])
    expect(await first.next()).toMatchObject({ value: { tokens: [token] } })
  await first.return()
  const second = complete(prompt, options).next()
  await new Promise((resolve) => setTimeout(resolve, 10))
  expect(calls).toEqual(['begin', 'next', 'next'])
  run.resolve([{ token: 5 }])
  await second
  expect(calls).toEqual(['begin', 'next', 'next', 'begin'])
})
