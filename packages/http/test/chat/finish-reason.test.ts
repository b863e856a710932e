import { describe, expect, it } from 'vitest'
import { replyOf, textDeltas } from './reply-of.ts'

describe('a finish reason', () => {
  it.each(['abort', 'error'])(
    '%s rejects with unavailable: the server broke the reply off',
    async (rawFinishReason) => {
      await expect(replyOf(textDeltas('a'), { rawFinishReason })).rejects.toMatchObject({
        code: 'unavailable',
        retryable: true,
        message: expect.stringMatching(/broke the reply off/) as string,
      })
    },
  )
})
