import type { Model } from '@nano/core'
import { describe, expect, it } from 'vitest'

interface Models {
  /** The embedded model, with room for four requests. */
  readonly tiny: Model
  /** One of random weights, which wants none of what it is held to. */
  readonly random: Model
}

const greedy = { temperature: 0 } as const
const hotSampling = { temperature: 2, topP: 1, topK: 500 } as const

export const answer = {
  type: 'object',
  properties: { answer: { type: 'integer', minimum: 0, maximum: 99 }, sure: { type: 'boolean' } },
  required: ['answer', 'sure'],
  additionalProperties: false,
}
export const tool = (name: string) => ({
  name,
  parameters: {
    type: 'object',
    properties: {
      city: { type: 'string', enum: ['Paris', 'São Paulo'] },
      days: { type: 'integer', minimum: 1, maximum: 9 },
    },
    required: ['city', 'days'],
  },
})

/**
 * What an adapter owes that holds a reply to a schema or a call while it samples, beside the laws.
 */
export function testConstrainedReplies({ tiny, random }: Models): void {
  describe('a schema', () => {
    it.each(['on', 'off'] as const)(
      'holds with reasoning %s, whatever the model would say',
      async (reasoning) => {
        for (const [index, model] of [tiny, random].entries()) {
          for (let seed = 0; seed < 6; seed++) {
            const { text, finishReason } = await model.generate({
              messages: 'What is 12 + 30?',
              reasoning,
              reasoningBudget: 30,
              schema: answer,
              sampling: { ...hotSampling, seed },
              maxTokens: 200,
            })
            if (finishReason === 'length') continue
            const value = JSON.parse(text) as { answer: number; sure: boolean }
            expect(Object.keys(value), `model ${index}, seed ${seed}: ${text}`).toEqual([
              'answer',
              'sure',
            ])
            expect(Number.isInteger(value.answer) && value.answer >= 0 && value.answer <= 99).toBe(
              true,
            )
            expect(typeof value.sure).toBe('boolean')
          }
        }
      },
    )

    it('leaves the thought free: it is the one without a schema', async () => {
      const request = { messages: 'What is 12 + 30?', reasoning: 'on', sampling: greedy } as const
      const [freeReply, constrainedReply] = [
        await tiny.generate(request),
        await tiny.generate({ ...request, schema: answer }),
      ]
      expect(constrainedReply.reasoning).toBe(freeReply.reasoning)
      expect(constrainedReply.reasoning).not.toBe('')
      expect(JSON.parse(constrainedReply.text)).toMatchObject({ sure: expect.any(Boolean) })
    })

    it('holds after a thought that its budget closed', async () => {
      const { reasoning, text } = await tiny.generate({
        messages: 'What is 4812 + 977?',
        reasoning: 'on',
        reasoningBudget: 12,
        schema: answer,
        sampling: greedy,
      })
      expect(reasoning).toMatch(/^4812/)
      expect(JSON.parse(text)).toMatchObject({ answer: expect.any(Number) })
    })

    it('holds for several requests in one batch, each its own', async () => {
      const kinds = ['integer', 'boolean', 'null', 'string'].map((type) => ({
        type: 'object',
        properties: { x: { type, ...(type === 'string' && { maxLength: 9 }) } },
        required: ['x'],
      }))
      const values = await Promise.all(
        kinds.map(
          async (schema) =>
            JSON.parse(
              (await tiny.generate({ messages: 'hi', schema, sampling: greedy })).text,
            ) as { x: unknown },
        ),
      )
      expect(values.map(({ x }) => (x === null ? 'null' : typeof x))).toEqual([
        'number',
        'boolean',
        'null',
        'string',
      ])
    })

    it('of one reply does not hold the one after it', async () => {
      await tiny.generate({ messages: 'hi', schema: answer, sampling: greedy })
      expect((await tiny.generate({ messages: 'hi', sampling: greedy })).text).toMatch(
        /^I am a tiny model/,
      )
    })

    it('and log-probabilities are not had together', async () => {
      await expect(
        tiny.generate({ messages: 'hi', schema: answer, logprobs: 0 }),
      ).rejects.toMatchObject({ code: 'unsupported' })
    })
  })

  it('a call comes where one is demanded, with the input its schema describes', async () => {
    for (const model of [tiny, random]) {
      for (const toolChoice of ['required', { name: 'weather' }] as const) {
        const { toolCalls, finishReason, text } = await model.generate({
          messages: 'hi',
          tools: [tool('forecast'), tool('weather')],
          toolChoice,
          // The random model never ends a thought.
          reasoningBudget: 30,
          sampling: greedy,
          maxTokens: 900,
        })
        if (finishReason === 'length') continue
        expect(finishReason, text).toBe('tool-calls')
        for (const { name, input } of toolCalls) {
          expect(toolChoice === 'required' ? ['forecast', 'weather'] : ['weather']).toContain(name)
          expect(['Paris', 'São Paulo']).toContain((input as { city: string }).city)
        }
      }
    }
  })
}
