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
import { writeRandomModel } from './random-models.ts'

const folder = temporaryFolder()
const greedy = { temperature: 0 } as const
const tiny = await openOnnx({ model: 'tiny', parallel: 4 })
const random = await openOnnx({
  model: await writeRandomModel(folder, { name: 'random', precision: 'fp32' }),
  parallel: 2,
})
const llamaCpp = await openLlamaCpp({ model: gguf.F16, kvCache: 'f32' })
afterAll(() => Promise.all([tiny.close(), random.close(), llamaCpp.close()]))

testConstrainedReplies({ tiny, random })

describe('a greedy reply is that of llama.cpp', () => {
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
  it.each(['on', 'off'] as const)('with a schema and reasoning %s', async (reasoning) => {
    for (const schema of schemas) {
      for (const messages of [
        'What is 12 + 30?',
        'Answer in JSON with the key result: what is 700 - 58?',
        'Sort ascending: 5, 3, 9.',
      ]) {
        const input = { messages, reasoning, schema, maxTokens: 150, sampling: greedy } as const
        const [reply, llamaReply] = [await tiny.generate(input), await llamaCpp.generate(input)]
        expect(
          [reply.reasoning, reply.text, reply.finishReason, reply.usage.output],
          JSON.stringify(input),
        ).toEqual([
          llamaReply.reasoning,
          llamaReply.text,
          llamaReply.finishReason,
          llamaReply.usage.output,
        ])
      }
    }
  })
  it('with a demanded tool call', async () => {
    for (const messages of ['How is the weather?', 'What is 12 + 30?']) {
      const input = {
        messages,
        tools: [tool('forecast'), tool('weather')],
        toolChoice: { name: 'weather' },
        maxTokens: 300,
        sampling: greedy,
      } as const
      const [reply, llamaReply] = [await tiny.generate(input), await llamaCpp.generate(input)]
      expect([reply.toolCalls, reply.finishReason]).toEqual([
        llamaReply.toolCalls,
        llamaReply.finishReason,
      ])
    }
  })
})

it.each(['fp16', 'q4f16'] as const)(
  'a model in %s answers one and two requests',
  async (precision) => {
    const model = await openOnnx({
      model: await writeRandomModel(folder, { name: precision, precision }),
      parallel: 2,
    })
    expect(model.info.quantization).toBe(precision)
    const input = { messages: 'Good morning!', maxTokens: 12, sampling: greedy } as const
    const [first, second] = await Promise.all([
      model.generate(input),
      model.generate({ ...input, messages: 'Good evening to you all!' }),
    ])
    const repeatedReply = await model.generate(input)
    expect(repeatedReply.text).toBe(first.text)
    expect(second.usage.output).toBeGreaterThan(0)
    expect(repeatedReply.usage.cachedInput).toBeGreaterThan(0)
    await model.close()
  },
)
