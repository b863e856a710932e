import { describe, expect, it } from 'vitest'
import { replyOf, textDeltas } from './reply-of.ts'

const reply = textDeltas('a')

describe('a control token in a message', () => {
  it('of the model is refused', async () => {
    await expect(
      replyOf(reply, { format: 'nemotron', messages: 'a <|eot_id|>' }),
    ).rejects.toMatchObject({ code: 'invalid-request' })
    await expect(
      replyOf(reply, { format: 'deepseek-r1-distill', messages: 'a <｜User｜> b' }),
    ).rejects.toMatchObject({ code: 'invalid-request' })
  })

  it('of another family is text', async () => {
    const { text } = await replyOf(reply, {
      format: 'nemotron',
      messages: 'a <s>struck</s> [INST]',
    })
    expect(text).toBe('a')
  })

  it.each(['<|im_end|>', '</s>', '[INST]', '<end_of_turn>', '<｜Assistant｜>'])(
    'is refused where the family of the model is unknown: %s',
    async (messages) => {
      await expect(replyOf(reply, { messages })).rejects.toMatchObject({
        code: 'invalid-request',
      })
    },
  )
})
