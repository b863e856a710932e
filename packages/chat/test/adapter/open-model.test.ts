import { expect, it } from 'vitest'
import { chooseContextLength, importTiny } from '@nano/chat/engine'

const failure = (code: string, message: RegExp) =>
  expect.objectContaining({ code, message: expect.stringMatching(message) as string }) as Error

it('the context is as long as asked for, at most what the model was trained on', () => {
  const length = (trainedLength?: number, contextLength?: number) =>
    chooseContextLength({ name: 'a model', trainedLength, contextLength }, 'an adapter')
  expect([length(), length(4_096), length(65_536), length(65_536, 65_536)]).toEqual([
    8_192, 4_096, 8_192, 65_536,
  ])
  expect(() => length(4_096, 4_097)).toThrowError(
    failure('invalid-request', /^an adapter: contextLength is 4097, and a model .* 4096 tokens$/),
  )
})

it('an embedded model that is not installed is not found, with the install command', async () => {
  const rejectImport = () => Promise.reject(new Error('cannot find package'))
  await expect(importTiny(rejectImport, 'an adapter')).rejects.toThrowError(
    failure('not-found', /npm install @nano\/tiny$/),
  )
})
