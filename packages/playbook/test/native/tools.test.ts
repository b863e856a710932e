import { openLlamaCpp } from '@nano/llama-cpp'
import { expect, it } from 'vitest'
import * as z from 'zod'
import { generateWithTools, tool } from '../../src/index.ts'

it.each(['on', 'off'] as const)(
  'the embedded model reads its prompt once in two rounds, with reasoning %s',
  async (reasoning) => {
    const model = await openLlamaCpp({ model: 'tiny' })
    const stock = tool({
      name: 'stock',
      description: 'How many of a thing are in stock',
      parameters: z.object({ item: z.enum(['apples', 'pears']) }),
      execute: ({ item }) => (item === 'apples' ? 12 : 7),
    })
    const { calls, replies, endedBy, messages } = await generateWithTools(model, {
      messages: 'How many apples are in stock?',
      tools: [stock],
      toolChoice: 'required',
      reasoning,
      sampling: { temperature: 0 },
    })
    await model.close()
    expect(endedBy).toBe('answer')
    expect(calls[0]).toMatchObject({ name: 'stock', output: expect.any(Number) })
    expect(messages.at(-2)).toMatchObject({ role: 'tool', output: calls.at(-1)?.output })
    const [first, second] = replies.map(({ usage }) => usage)
    // Its template leaves out earlier thoughts, so what follows them is read again.
    expect(second!.cachedInput! / first!.input!).toBeGreaterThanOrEqual(0.95)
  },
)
