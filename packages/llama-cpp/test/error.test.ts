import { expect, it } from 'vitest'
import { runtimeLog, toNanoError } from '../src/error.ts'

it('a failure names who it was once, and what the runtime said', () => {
  const log = runtimeLog()
  log.note('error', 'no slot for the batch\n')
  const error = toNanoError({
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
