import { describe, expect, it } from 'vitest'
import { sse } from '../fake-server.ts'
import { openLlamaServerCompletions, openVllmCompletions } from './open-completions.ts'

const completionChunk = (tokenIds: readonly number[], finishReason: string | null) => ({
  id: 'cmpl-1',
  object: 'text_completion',
  choices: [{ index: 0, text: '', token_ids: tokenIds, finish_reason: finishReason }],
})

/** The reply of a vLLM whose completions end with `finishReason`. */
async function replyEndingWith(finishReason: string) {
  const model = await openVllmCompletions(
    sse(completionChunk([40], null), completionChunk([41], finishReason)),
  )
  return model.generate({ messages: 'hi', reasoning: 'off' })
}

describe('the finish reason of a completion', () => {
  it.each(['stop', 'length'])('%s is ours, so there is no raw one', async (finishReason) => {
    const reply = await replyEndingWith(finishReason)
    expect(reply.finishReason).toBe(finishReason)
    expect(reply).not.toHaveProperty('rawFinishReason')
  })

  it.each([
    ['repetition', 'other'],
    ['content_filter', 'content-filter'],
    ['tool_calls', 'stop'],
  ])('%s is %s, and stays as the raw one', async (rawFinishReason, finishReason) => {
    const reply = await replyEndingWith(rawFinishReason)
    expect(reply).toMatchObject({ finishReason, rawFinishReason })
    expect(reply.text).not.toBe('')
  })

  it.each(['abort', 'error', 'cancelled', 'timeout'])(
    '%s rejects with unavailable: the server broke the reply off',
    async (finishReason) => {
      await expect(replyEndingWith(finishReason)).rejects.toMatchObject({
        code: 'unavailable',
        retryable: true,
      })
    },
  )
})

describe('the finish reason of llama-server', () => {
  it.each([
    ['eos', 'stop'],
    ['limit', 'length'],
    ['none', 'other'],
  ])('%s is %s', async (stopType, finishReason) => {
    const model = await openLlamaServerCompletions(
      sse(
        { content: 'a', tokens: [40], tokens_predicted: 1, stop: false },
        { content: '', tokens: [], tokens_predicted: 1, stop: true, stop_type: stopType },
      ),
    )
    expect(await model.generate({ messages: 'hi', reasoning: 'off' })).toMatchObject({
      text: 'a',
      finishReason,
      rawFinishReason: stopType,
    })
  })
})
