import type { GenerateRequest } from '@nano/core'
import { openLlamaCpp } from '@nano/llama-cpp'
import { gguf } from '@nano/tiny'
import { afterAll, describe, expect, it } from 'vitest'
import {
  answer,
  testConstrainedReplies,
  tool,
} from '../../../../test/shared/constrained-replies.ts'
import { temporaryFolder } from '../../../../test/shared/temporary-folder.ts'
import { openOnnx } from '../../src/index.ts'
import { forged } from './random-models.ts'

const folder = temporaryFolder()
const greedy = { temperature: 0 } as const
const tiny = await openOnnx({ model: 'tiny', parallel: 4 })
const random = await openOnnx({
  model: await forged(folder, { name: 'random', precision: 'fp32' }),
  parallel: 2,
})
const llamaCpp = await openLlamaCpp({ model: gguf.F16, kvCache: 'f32' })
afterAll(() => Promise.all([tiny.close(), random.close(), llamaCpp.close()]))

testConstrainedReplies({ tiny, random })

describe('a greedy reply is the one of llama.cpp', () => {
  const schemas: readonly NonNullable<GenerateRequest['schema']>[] = [
    answer,
    {
      type: 'object',
      properties: { result: { type: 'string', maxLength: 12 } },
      required: ['result'],
    },
    {
      type: 'object',
      properties: {
        naïve: { enum: ['ja', '日本', null, 1.5] },
        list: { type: 'array', items: { type: 'integer' }, minItems: 1, maxItems: 3 },
      },
      required: ['naïve', 'list'],
    },
    {
      anyOf: [
        {
          type: 'object',
          properties: { é: { type: 'number' } },
          required: ['é'],
          additionalProperties: { type: 'boolean' },
        },
        { const: [1, 'two'] },
      ],
    },
  ]
  it.each(['on', 'off'] as const)('held to a schema, with reasoning %s', async (reasoning) => {
    for (const schema of schemas) {
      for (const messages of [
        'What is 12 + 30?',
        'Answer in JSON with the key result: what is 700 - 58?',
        'Sort ascending: 5, 3, 9.',
      ]) {
        const asked = { messages, reasoning, schema, maxTokens: 150, sampling: greedy } as const
        const [one, other] = [await tiny.generate(asked), await llamaCpp.generate(asked)]
        expect(
          [one.reasoning, one.text, one.finishReason, one.usage.output],
          JSON.stringify(asked),
        ).toEqual([other.reasoning, other.text, other.finishReason, other.usage.output])
      }
    }
  })
  it('held to a call', async () => {
    for (const messages of ['How is the weather?', 'What is 12 + 30?']) {
      const asked = {
        messages,
        tools: [tool('forecast'), tool('weather')],
        toolChoice: { name: 'weather' },
        maxTokens: 300,
        sampling: greedy,
      } as const
      const [one, other] = [await tiny.generate(asked), await llamaCpp.generate(asked)]
      expect([one.toolCalls, one.finishReason]).toEqual([other.toolCalls, other.finishReason])
    }
  })
})

it('a model in half precision opens, in either form, and answers', async () => {
  for (const precision of ['fp16', 'q4f16'] as const) {
    const model = await openOnnx({
      model: await forged(folder, { name: precision, precision }),
      parallel: 2,
    })
    expect(model.info.quantization).toBe(precision)
    const asked = { messages: 'Good morning!', maxTokens: 12, sampling: greedy } as const
    const [one, two, again] = [
      ...(await Promise.all([
        model.generate(asked),
        model.generate({ ...asked, messages: 'Good evening to you all!' }),
      ])),
      await model.generate(asked),
    ]
    expect(again.text).toBe(one.text)
    expect(two.usage.output).toBeGreaterThan(0)
    expect(again.usage.cachedInput).toBeGreaterThan(0)
    await model.close()
  }
})
