import { describe, expect, it } from 'vitest'
import { runtimeLog, toNanoError } from '../src/error.ts'

describe('a failure', () => {
  it('names who it was once, and what the runtime said', async () => {
    const log = runtimeLog()
    log.note('error', 'no slot for the batch\n')
    const error = await toNanoError({
      cause: new Error('Eval has failed'),
      label: 'llama-cpp(nano-tiny)',
      activity: 'decoding',
      log,
      isDecoding: true,
    })
    expect(error).toMatchObject({
      code: 'internal',
      message: 'llama-cpp(nano-tiny): decoding failed (Eval has failed: no slot for the batch)',
    })
  })

  it('names what the runtime says of it a moment later', async () => {
    const log = runtimeLog()
    const cause = new Error('Failed to load model')
    const failure = toNanoError({ cause, activity: 'loading x.gguf', log })
    setTimeout(() => log.note('error', "unknown model architecture: 'x'\n"), 20)
    expect(await failure).toMatchObject({
      code: 'bad-model',
      message: expect.stringContaining("does not know the model's architecture"),
    })
  })
})
