import type { Tokenizer } from '@nano/chat/tokenizer'
import { expect, it } from 'vitest'
import { engine } from '../../src/engine/engine.ts'
import type { RemoteSession } from '../../src/worker/remote-session.ts'

const tokenizer: Tokenizer = {
  vocabularySize: 8,
  controlTokens: [],
  tokenize: () => [],
  detokenize: (tokens) => tokens.join(' '),
  decoder: () => ({ push: String, end: () => '' }),
  controlTokenId: () => undefined,
}
const prompt = [1, 2, 3, 4, 5, 6]

/** `complete` of an engine for one request at a time, over a fake worker. */
function completeOver(call: (name: string) => Promise<unknown>, batchSize: number) {
  return engine({
    session: { call, close: async () => {} } as unknown as RemoteSession,
    tokenizer,
    info: { model: 'm', contextLength: 64 },
    endTokens: new Set([7]),
    parallel: 1,
    batchSize,
  }).complete
}

it('an abort rejects while a run reads the prompt; the next request follows', async () => {
  const calls: string[] = []
  const firstRun = Promise.withResolvers<unknown>()
  const complete = completeOver(async (name) => {
    calls.push(name)
    if (name === 'beginReply') return { cachedInput: 0 }
    if (name === 'sampleTokens') return [{ token: 7 }]
    return calls.filter((call) => call === 'readTokens').length === 1 ? firstRun.promise : undefined
  }, 4)
  const abort = new AbortController()
  const options = { sampling: {}, maxTokens: 4 }
  const firstStep = complete(prompt, { ...options, signal: abort.signal }).next()
  setTimeout(() => abort.abort(new RangeError('enough')), 5)
  await expect(firstStep).rejects.toThrow('enough')

  const secondReply = complete(prompt, { ...options, signal: new AbortController().signal })
  expect(await secondReply.next()).toMatchObject({ value: { finishReason: 'stop' } })
  expect(calls).toEqual(['beginReply', 'readTokens', 'beginReply', 'readTokens', 'sampleTokens'])
  firstRun.resolve(undefined)
})

it('a reply that ends early keeps its sequence until its pending run has ended', async () => {
  const calls: string[] = []
  const secondRun = Promise.withResolvers<unknown>()
  const complete = completeOver(async (name) => {
    calls.push(name)
    if (name === 'beginReply') return { cachedInput: 0, firstToken: { token: 1 } }
    const runs = calls.filter((call) => call === 'sampleTokens').length
    if (runs === 1) return [{ token: 2, followingTokens: [3, 4] }]
    return runs === 2 ? secondRun.promise : [{ token: 7 }]
  }, 16)
  const options = { sampling: {}, maxTokens: 20, signal: new AbortController().signal }
  const firstReply = complete(prompt, options)
  for (const token of [1, 2])
    expect(await firstReply.next()).toMatchObject({ value: { tokens: [token] } })
  await firstReply.return()
  const secondStep = complete(prompt, options).next()
  await new Promise((resolve) => setTimeout(resolve, 10))
  expect(calls).toEqual(['beginReply', 'sampleTokens', 'sampleTokens'])
  secondRun.resolve([{ token: 5 }])
  await secondStep
  expect(calls).toEqual(['beginReply', 'sampleTokens', 'sampleTokens', 'beginReply'])
})
