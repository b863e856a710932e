import { describe, expect, it } from 'vitest'
import { cache, defaults, limit, Model, NanoError, retry, trace } from '../src/index.ts'
import type { Driver } from '../src/driver/index.ts'
import { scripted } from '../src/testing/index.ts'

const code = (work: Promise<unknown>) =>
  work.then(
    () => 'no error',
    (error: unknown) => (NanoError.is(error) ? error.code : error),
  )

describe('a result', () => {
  it('folds the stream', async () => {
    const result = await new Model(scripted()).generate({ messages: 'hello', reasoning: 'on' })
    expect(result).toMatchObject({
      reasoning: 'hm',
      text: 'ok',
      finishReason: 'stop',
      message: { role: 'assistant', content: 'ok', reasoning: 'hm' },
      usage: { output: 5, reasoning: 2 },
    })
    expect(result.cut).toBeUndefined()
  })
  it('says what the limit cut', async () => {
    const model = new Model(scripted({ thought: () => ['a long thought'] }))
    expect(
      await model.generate({ messages: 'hello', reasoning: 'on', maxTokens: 4 }),
    ).toMatchObject({ text: '', cut: 'reasoning', finishReason: 'length' })
    expect(
      await model.generate({ messages: 'hello', reasoning: 'off', maxTokens: 1 }),
    ).toMatchObject({
      text: 'o',
      cut: 'text',
    })
  })
  it('is bad-output when the driver forgets to finish', async () => {
    const silent: Driver = { ...scripted(), async *stream() {} }
    expect(await code(new Model(silent).generate('hi'))).toBe('bad-output')
  })
  it('measures the first part, the first text and the whole', async () => {
    const pause = () => new Promise((resolve) => setTimeout(resolve, 15))
    const slow: Driver = {
      ...scripted(),
      async *stream() {
        await pause()
        yield { type: 'reasoning', text: 'hm' }
        await pause()
        yield { type: 'text', text: 'ok' }
        yield { type: 'finish', finishReason: 'stop', usage: {}, timings: { prompt: 5 } }
      },
    }
    const {
      firstPart = 0,
      firstText = 0,
      total = 0,
      prompt,
    } = (await new Model(slow).generate('hi')).timings
    expect(prompt).toBe(5)
    expect(firstPart).toBeGreaterThan(10)
    expect(firstText - firstPart).toBeGreaterThan(10)
    expect(total).toBeGreaterThanOrEqual(firstText)
  })
})

describe('a stack', () => {
  it('is named whole', () => {
    expect(new Model(scripted(), retry(), limit(2)).name).toBe('retry(limit[2](scripted))')
    expect(new Model(scripted()).with(retry()).with(limit(2)).name).toBe(
      'limit[2](retry(scripted))',
    )
  })
  it('refuses what middleware adds and the driver does not claim', async () => {
    const model = new Model(
      scripted({ capabilities: { sampling: [] } }),
      defaults({ sampling: { seed: 7 } }),
    )
    expect(await code(model.generate('hi'))).toBe('unsupported')
    await expect(model.render('hi')).rejects.toThrow(
      'scripted does not support the sampling setting seed',
    )
  })
  it('closing ends a question about tokens that nobody answers', async () => {
    const model = new Model({ ...scripted(), tokenize: () => new Promise(() => {}) })
    const asked = code(model.tokenize('hi'))
    await model.close()
    expect(await asked).toBe('closed')
  })

  it('closes together with what it was made from', async () => {
    const closed: string[] = []
    const model = new Model({ ...scripted(), close: async () => void closed.push('driver') })
    const behind = model.with(retry())
    await behind.close()
    await model.close()
    expect(closed).toEqual(['driver'])
    expect(await code(model.generate('hi'))).toBe('closed')
  })
})

describe('a request', () => {
  it.each<[fault: string, request: object, message: RegExp]>([
    ['no messages', { messages: [] }, /messages/],
    ['a misspelt setting', { messages: 'hi', temprature: 1 }, /temprature/],
    [
      'a later system message',
      {
        messages: [
          { role: 'user', content: 'a' },
          { role: 'system', content: 'b' },
        ],
      },
      /start/,
    ],
    [
      'a result without its call',
      {
        messages: [
          { role: 'user', content: 'a' },
          { role: 'tool', toolCallId: 'x', output: 1 },
        ],
      },
      /"x"/,
    ],
    [
      'going on in the middle',
      {
        messages: [
          { role: 'assistant', content: 'a', continue: true },
          { role: 'user', content: 'b' },
        ],
      },
      /last/,
    ],
    ['a choice that is not offered', { messages: 'a', toolChoice: { name: 'add' } }, /add/],
    [
      'two tools of one name',
      {
        messages: 'a',
        tools: [
          { name: 'x', parameters: {} },
          { name: 'x', parameters: {} },
        ],
      },
      /two tools/,
    ],
  ])('with %s is refused, and the message says where', async (_fault, request, message) => {
    const error: unknown = await new Model(scripted({ capabilities: { tools: 'forced' } }))
      .generate(request as never)
      .catch((error: unknown) => error)
    expect(NanoError.is(error) && error.code).toBe('invalid-request')
    expect(String(error)).toMatch(message)
  })
  it('with what is there and undefined is one without it', async () => {
    const seen: object[] = []
    const inner = scripted()
    const spy: Driver = {
      ...inner,
      stream: (request, call) => {
        seen.push(request)
        return inner.stream(request, call)
      },
    }
    await new Model(spy).generate({
      messages: 'hi',
      maxTokens: undefined,
      sampling: { temperature: undefined },
    } as never)
    expect(JSON.stringify(Object.keys(seen[0]!))).toBe('["messages","sampling","reasoning"]')
    expect(seen[0]).toEqual({
      messages: [{ role: 'user', content: 'hi' }],
      sampling: {},
      reasoning: 'on',
    })
  })
  it('for tokens that are none gets advice', async () => {
    const model = new Model(scripted())
    for (const tokens of [[1.5], [-1], ['a'], 7])
      await expect(model.detokenize(tokens as never)).rejects.toThrow(TypeError)
    await expect(model.tokenize(7 as never)).rejects.toThrow('a text')
  })
  it('for tokens that are no list gets advice', async () => {
    await expect(new Model(scripted()).detokenize(undefined as never)).rejects.toThrow(
      'expected a list of token ids, got undefined',
    )
  })
  it('whose options hold what belongs to the request gets advice', async () => {
    const model = new Model(scripted())
    await expect(model.generate('hi', { maxTokens: 1 } as never)).rejects.toThrow(
      'generate({ messages, maxTokens })',
    )
    await expect(model.generate('hi', { onPrefill: 3 as never })).rejects.toThrow(
      'onPrefill to be a function',
    )
  })
  it('with wrong options gets advice', async () => {
    const model = new Model(scripted())
    await expect(model.generate('hi', AbortSignal.timeout(9) as never)).rejects.toThrow(
      'Did you mean { signal }?',
    )
    await expect(model.generate('hi', (() => {}) as never)).rejects.toThrow(TypeError)
    await expect(model.generate('hi', { signal: {} as never })).rejects.toThrow('AbortSignal')
  })
})

describe('a model made of something else is refused with advice:', () => {
  it.each<[what: string, make: () => unknown, advice: RegExp]>([
    [
      'no driver',
      () => new Model(undefined as never),
      /expected a driver, got undefined.*open function/,
    ],
    [
      'middleware that was not called',
      () => new Model(scripted(), retry as never),
      /Did you mean retry\(\)/,
    ],
    [
      'middleware that takes nothing, and was not called',
      () => new Model(scripted(), trace as never),
      /Did you mean trace\(\)/,
    ],
    [
      'a cache that was not called',
      () => new Model(scripted(), cache as never),
      /Did you mean cache\(memoryStore\(\)\)/,
    ],
    [
      'no middleware',
      () => new Model(scripted(), {} as never),
      /Did you mean new Model\(driver, retry\(\), limit\(4\)\)/,
    ],
  ])('%s', (_what, make, advice) => {
    expect(make).toThrow(TypeError)
    expect(make).toThrow(advice)
  })
})

describe('an error that is none of the contract', () => {
  const raw = new TypeError('Bearer sk-123 was refused')
  const fail = async (): Promise<never> => {
    throw raw
  }
  const broken: Driver = {
    ...scripted(),
    async *stream() {
      throw raw
    },
    tokenize: fail,
    detokenize: fail,
    countTokens: fail,
    render: fail,
    close: fail,
  }
  it.each<[what: string, work: (model: Model) => Promise<unknown>]>([
    ['stream', (model) => model.generate('hi')],
    ['tokenize', (model) => model.tokenize('hi')],
    ['detokenize', (model) => model.detokenize([1])],
    ['countTokens', (model) => model.countTokens('hi')],
    ['render', (model) => model.render('hi')],
    ['close', (model) => model.close()],
  ])('comes out of %s as internal, with its cause, and without its words', async (_what, work) => {
    const error: unknown = await work(new Model(broken)).catch((error: unknown) => error)
    expect(error).toMatchObject({
      code: 'internal',
      cause: raw,
      message: expect.stringContaining('TypeError'),
    })
    expect(String(error)).not.toContain('sk-123')
  })
  it('comes out of a stream that fails at once, too', async () => {
    const sudden: Driver = {
      ...scripted(),
      stream() {
        throw raw
      },
    }
    await expect(new Model(sudden).generate('hi')).rejects.toMatchObject({
      code: 'internal',
      cause: raw,
    })
  })
  it('is itself when a listener of the caller threw it', async () => {
    const reading: Driver = {
      ...scripted(),
      async *stream(_request, { onPrefill }) {
        onPrefill?.({ processed: 1, total: 1 })
        yield { type: 'text', text: '' }
      },
    }
    const onPrefill = () => {
      throw raw
    }
    await expect(new Model(reading, retry()).generate('hi', { onPrefill })).rejects.toBe(raw)
  })
  it('is itself when it is the reason of an abort', async () => {
    const stopped: Driver = {
      ...scripted(),
      async *stream(_request, { signal }) {
        await new Promise((resolve) => signal.addEventListener('abort', resolve))
        throw signal.reason
      },
    }
    const abort = new AbortController()
    const reason = new RangeError('enough')
    setTimeout(() => abort.abort(reason), 5)
    await expect(new Model(stopped, trace()).generate('hi', { signal: abort.signal })).rejects.toBe(
      reason,
    )
  })
})
