import { describe, expect, it } from 'vitest'
import { Model, retry, trace } from '../src/index.ts'
import type { Driver } from '../src/driver/index.ts'
import { scripted } from '../src/testing/index.ts'

describe('an error that is none of the contract', () => {
  const raw = new TypeError('Bearer sk-123 was refused')
  const fail = async (): Promise<never> => {
    throw raw
  }
  const brokenDriver: Driver = {
    ...scripted(),
    async *stream() {
      throw raw
    },
    tokenize: fail,
    detokenize: fail,
    countTokens: fail,
    render: fail,
    close: fail,
  }
  it.each<[what: string, work: (model: Model) => Promise<unknown>]>([
    ['stream', (model) => model.generate('hi')],
    ['tokenize', (model) => model.tokenize('hi')],
    ['detokenize', (model) => model.detokenize([1])],
    ['countTokens', (model) => model.countTokens('hi')],
    ['render', (model) => model.render('hi')],
    ['close', (model) => model.close()],
  ])('comes out of %s as internal, with its cause, and without its words', async (_what, work) => {
    const error: unknown = await work(new Model(brokenDriver)).catch((error: unknown) => error)
    expect(error).toMatchObject({
      code: 'internal',
      cause: raw,
      message: expect.stringContaining('TypeError'),
    })
    expect(String(error)).not.toContain('sk-123')
  })
  it('comes out of a stream that fails at once, too', async () => {
    const failingDriver: Driver = {
      ...scripted(),
      stream() {
        throw raw
      },
    }
    await expect(new Model(failingDriver).generate('hi')).rejects.toMatchObject({
      code: 'internal',
      cause: raw,
    })
  })
  it('is itself when a listener of the caller threw it', async () => {
    const readingDriver: Driver = {
      ...scripted(),
      async *stream(_request, { onPrefill }) {
        onPrefill?.({ processed: 1, total: 1 })
        yield { type: 'text', text: '' }
      },
    }
    const onPrefill = () => {
      throw raw
    }
    await expect(new Model(readingDriver, retry()).generate('hi', { onPrefill })).rejects.toBe(raw)
  })
  it('is itself when it is the reason of an abort', async () => {
    const abortedDriver: Driver = {
      ...scripted(),
      async *stream(_request, { signal }) {
        await new Promise((resolve) => signal.addEventListener('abort', resolve))
        throw signal.reason
      },
    }
    const abort = new AbortController()
    const reason = new RangeError('enough')
    setTimeout(() => abort.abort(reason), 5)
    await expect(
      new Model(abortedDriver, trace()).generate('hi', { signal: abort.signal }),
    ).rejects.toBe(reason)
  })
})
