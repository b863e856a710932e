import type { GenerateRequest, Model } from '@nano/core'
import { openLlamaCpp } from '@nano/llama-cpp'
import { openOnnx } from '@nano/onnx'
import { describe, expect, it } from 'vitest'
import { askAll, nameTest, realModel } from './replies.ts'

/** Values that a grammar narrower than their schema would change. */
const valuesBySchema: readonly (readonly [
  schema: NonNullable<GenerateRequest['schema']>,
  values: readonly unknown[],
])[] = [
  [{ type: 'number', minimum: 0 }, [19.9, 0.5, 3, 1234.56, 99.99]],
  [{ type: 'number', minimum: 0, maximum: 100 }, [7.25, 100, 0.125]],
  [{ type: 'integer', minimum: 0 }, [42, 123456789012345, 2024]],
  [{ type: 'string', format: 'date' }, ['2024-12-31', '1999-02-28', '2000-02-29']],
  [
    { type: 'string', format: 'date-time' },
    ['2024-12-31T23:59:59+05:30', '2021-06-01T08:00:00Z', '2024-01-15T10:30:00.123-08:00'],
  ],
  [{ type: 'string', format: 'time' }, ['10:30:00Z', '23:59:59+02:00']],
  [{ type: 'string', format: 'duration' }, ['P3DT4H', 'PT15M']],
  [
    { type: 'string', format: 'uuid' },
    ['123e4567-e89b-12d3-a456-426614174000', 'f47ac10b-58cc-1372-8567-0e02b2c3d479'],
  ],
  [{ type: 'string', maxLength: 12 }, ['I ❤️ you 🎉', 'naïve café', 'ok 👍🏽']],
  [{ type: 'string', format: 'email' }, ['a@localhost', 'jane.doe+tag@example.com']],
  [{ type: 'string', format: 'uri' }, ['https://example.com/a?b=c#d', 'urn:isbn:0451450523']],
  [{ type: 'string', pattern: String.raw`^[A-Z]{2}-\d{4}$` }, ['AB-1234']],
  [{ enum: ['low', 'medium', 'high'] }, ['medium']],
]

const cases = valuesBySchema.flatMap(([schema, values]) =>
  values.map((value) => ({ schema, text: JSON.stringify(value) })),
)

function copyRequest(text: string) {
  return {
    messages: [
      {
        role: 'system',
        content: 'You copy JSON values. Answer with the JSON value alone, exactly as it is given.',
      },
      { role: 'user', content: 'Copy this value: "abc"' },
      { role: 'assistant', content: '"abc"' },
      { role: 'user', content: `Copy this value: ${text}` },
    ],
    maxTokens: 60,
  } as const
}

const parallel = 5
const local = { contextLength: 512, device: 'cpu', threads: 1, parallel } as const

/** The values that a model copies rightly, as JSON. */
async function copyValues(
  model: Model,
  { isHeld }: { readonly isHeld: boolean },
): Promise<readonly string[]> {
  const requests = cases.map(({ schema, text }) => ({
    ...copyRequest(text),
    ...(isHeld && { schema }),
  }))
  const replies = await askAll(model, requests, { parallel })
  return cases.map(({ text }) => text).filter((text, index) => replies[index]?.text.trim() === text)
}

describe('a value that a model copies rightly by itself', () => {
  const large = realModel('qwen2.5-coder-1.5b/q4_k_m.gguf')
  it.skipIf(large.missing)(
    nameTest('stays right under its schema, on llama.cpp', large.missing),
    async () => {
      const open = () => openLlamaCpp({ model: large.path, ...local })
      const texts = cases.map(({ text }) => text)
      expect(await copyValues(await open(), { isHeld: false })).toEqual(texts)
      expect(await copyValues(await open(), { isHeld: true })).toEqual(texts)
    },
  )

  const small = realModel('qwen2.5-coder-0.5b/builder')
  it.skipIf(small.missing)(
    nameTest('stays right under its schema, on ONNX Runtime', small.missing),
    async () => {
      const open = () => openOnnx({ model: small.path, ...local })
      const copiedFreely = await copyValues(await open(), { isHeld: false })
      // By itself, the model writes many numbers as texts.
      expect(copiedFreely.length).toBeGreaterThan(15)
      expect(await copyValues(await open(), { isHeld: true })).toEqual(
        expect.arrayContaining([...copiedFreely]),
      )
    },
  )
})
