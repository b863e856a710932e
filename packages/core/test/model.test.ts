import { describe, expect, it, vi } from 'vitest'
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
    const silentDriver: Driver = { ...scripted(), async *stream() {} }
    expect(await code(new Model(silentDriver).generate('hi'))).toBe('bad-output')
  })
  it('measures the first part, the first text and the whole', async () => {
    const pause = () => new Promise((resolve) => setTimeout(resolve, 15))
    const slowDriver: Driver = {
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
    } = (await new Model(slowDriver).generate('hi')).timings
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
    const rejection = code(model.tokenize('hi'))
    await model.close()
    expect(await rejection).toBe('closed')
  })

  it('sends no request whose schema it still reads when it is closed', async () => {
    const driver = scripted({ capabilities: { schema: true } })
    const stream = vi.fn(driver.stream)
    const model = new Model({ ...driver, stream })
    const constants = Array.from({ length: 100_000 }, (_, index) => ({ const: index }))
    const rejection = code(model.generate({ messages: 'hi', schema: { anyOf: constants } }))
    await model.close()
    expect(await rejection).toBe('closed')
    expect(stream).not.toHaveBeenCalled()
  })
  it('closes together with what it was made from', async () => {
    const closedDrivers: string[] = []
    const model = new Model({ ...scripted(), close: async () => void closedDrivers.push('driver') })
    const retryingModel = model.with(retry())
    await retryingModel.close()
    await model.close()
    expect(closedDrivers).toEqual(['driver'])
    expect(await code(model.generate('hi'))).toBe('closed')
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
