import { describe, expect, it } from 'vitest'
import {
  cache,
  contextWindow,
  defaults,
  fallback,
  type GenerateInput,
  memoryStore,
  Model,
  standard,
  structured,
} from '../src/index.ts'
import { rewriteText, splitReasoning } from '../src/driver/index.ts'
import { type Script, scripted } from '../src/testing/index.ts'

const prompt = 'Once upon a time,'
const errorLike = (code: string, message: RegExp) =>
  expect.objectContaining({ code, message: expect.stringMatching(message) as string }) as Error

/** A driver that keeps the requests it gets. */
function recordingDriver(script: Script = {}) {
  const driver = scripted(script)
  const requests: object[] = []
  return {
    requests,
    driver: {
      ...driver,
      stream(...[request, call]: Parameters<typeof driver.stream>) {
        requests.push(request)
        return driver.stream(request, call)
      },
    },
  }
}

describe('a prompt to complete', () => {
  it('reaches the driver alone, without reasoning, and can be replayed', async () => {
    const { driver, requests } = recordingDriver()
    const model = new Model(driver)
    await model.generate({ prompt, maxTokens: 8 })
    expect(requests).toEqual([{ messages: [], prompt, maxTokens: 8 }])
    await model.generate(requests[0] as GenerateInput)
    expect(requests[1]).toEqual(requests[0])
  })

  it('cannot be combined with a field of conversations, in its type either', async () => {
    const model = new Model(scripted())
    // @ts-expect-error a text to complete has no reasoning
    await expect(model.generate({ prompt, reasoning: 'on' })).rejects.toThrow(
      errorLike('invalid-request', /cannot be combined with reasoning\n.*at reasoning/),
    )
    await expect(model.generate({ messages: 'hi', prompt })).rejects.toThrow(
      errorLike('invalid-request', /either messages or a prompt/),
    )
    // @ts-expect-error there is nothing to reply to
    await expect(model.generate({ maxTokens: 1 })).rejects.toThrow(
      errorLike('invalid-request', /a message, or a prompt to complete/),
    )
  })

  it('parses what follows with a schema', async () => {
    const model = new Model(
      scripted({ capabilities: { schema: true }, reply: () => ['{"a":', '1}'] }),
    )
    const schema = { type: 'object', properties: { a: { type: 'integer' } } }
    expect(await model.generate({ prompt, schema })).toMatchObject({ object: { a: 1 } })
  })

  it('is refused by a driver that only chats', async () => {
    const model = new Model(scripted({ capabilities: { completion: false } }))
    await expect(model.generate({ prompt })).rejects.toThrow(
      errorLike(
        'unsupported',
        /^scripted does not support completing a prompt; ask with messages$/,
      ),
    )
  })
})

describe('middleware around a prompt to complete', () => {
  it('defaults gives it no settings of a conversation', async () => {
    const { driver, requests } = recordingDriver()
    const preset = { reasoning: 'on', reasoningBudget: 9, maxTokens: 4 } as const
    const model = new Model(driver, defaults({ ...preset, sampling: { temperature: 0 } }))
    await model.generate({ prompt })
    expect(requests).toEqual([{ messages: [], prompt, maxTokens: 4, sampling: { temperature: 0 } }])
  })

  it('cache tells one prompt from another, and from a question', async () => {
    const { driver, requests } = recordingDriver()
    const model = new Model(driver, cache(memoryStore()))
    const greedy = { sampling: { temperature: 0 } }
    for (const input of [{ prompt: 'a' }, { prompt: 'b' }, { messages: 'a' }, { prompt: 'a' }])
      await model.generate({ ...input, ...greedy } as GenerateInput)
    expect(requests).toHaveLength(3)
  })

  it('contextWindow drops nothing, and refuses one that is too long', async () => {
    const model = new Model(scripted({ contextLength: 40 }), contextWindow({ reserve: 10 }))
    expect((await model.generate({ prompt })).text).toBe('ok')
    await expect(model.generate({ prompt: 'a'.repeat(31) })).rejects.toThrow(
      errorLike('context-overflow', /: the prompt has 31 tokens, and 30 of .* Shorten it,/),
    )
  })

  it('structured asks nobody in words: it needs a driver that constrains its output', async () => {
    const schema = { type: 'object' }
    const model = new Model(scripted(), structured())
    await expect(model.generate({ prompt, schema })).rejects.toThrow(
      errorLike('unsupported', /does not support a schema with a prompt/),
    )
    const { driver, requests } = recordingDriver({
      capabilities: { schema: true },
      reply: () => ['[]'],
    })
    await expect(new Model(driver, standard()).generate({ prompt, schema })).rejects.toThrow(
      errorLike('bad-output', /after 1 attempt the answer/),
    )
    expect(requests).toHaveLength(1)
  })

  it('rewriteText leaves markers of a thought in it', async () => {
    const think = rewriteText(
      'think',
      () => splitReasoning({ open: '<think>', close: '</think>' }),
      { reasoning: 'always' },
    )
    const script: Script = {
      capabilities: { reasoning: 'never' },
      reply: () => ['<think>hm</think>', 'ok'],
    }
    const model = new Model(scripted(script), think)
    expect(await model.generate({ prompt })).toMatchObject({
      reasoning: '',
      text: '<think>hm</think>ok',
    })
    expect(await model.generate('hi')).toMatchObject({ reasoning: 'hm', text: 'ok' })
  })

  it('fallback refuses drivers that no request fits, and completes where all do', async () => {
    const completionDriver = scripted({ capabilities: { chat: false, reasoning: 'never' } })
    const chatDriver = scripted({ capabilities: { completion: false, reasoning: 'never' } })
    expect(() => fallback(completionDriver, chatDriver)).toThrow(/no request fits all of them/)
    const model = new Model(fallback(completionDriver, scripted()))
    expect(model.capabilities).toMatchObject({ chat: false, completion: true })
    expect((await model.generate({ prompt })).text).toBe('ok')
  })
})
