import { lora, shapes } from '@nano/forge'
import { gguf } from '@nano/tiny'
import { beforeAll, describe, expect, it } from 'vitest'
import { temporaryFolder } from '../../../../test/shared/temporary-folder.ts'
import { openLlamaCpp } from '../../src/index.ts'
import { smallLora, smallModel, written } from './forged.ts'

const folder = temporaryFolder()
const asked = {
  messages: 'hi',
  reasoning: 'off',
  sampling: { temperature: 0 },
  maxTokens: 12,
} as const
let model: string
let loras: Record<'one' | 'two' | 'none', string>
beforeAll(async () => {
  model = await written(folder, 'model.gguf', smallModel())
  loras = {
    one: await written(folder, 'one.gguf', smallLora(1)),
    two: await written(folder, 'two.gguf', smallLora(2)),
    none: await written(folder, 'none.gguf', smallLora(3, 0)),
  }
})

describe('a LoRA adapter', () => {
  it('changes the reply of the request that names it, and no other', async () => {
    const open = await openLlamaCpp({ model, loras, loraContexts: 3 })
    const say = async (lora?: string) =>
      (await open.generate({ ...asked, ...(lora && { lora }) })).text
    const plain = await say()
    const [one, two, none] = await Promise.all(['one', 'two', 'none'].map(say))
    expect(new Set([plain, one, two]).size).toBe(3)
    expect(none).toBe(plain)
    expect(await say()).toBe(plain)
    expect(open.capabilities.loras).toEqual(['one', 'two', 'none'])
    await open.close()
  })

  it('counts as much as its scale', async () => {
    const open = await openLlamaCpp({
      model,
      loras: { off: { path: loras.one, scale: 0 }, on: loras.one },
      loraContexts: 2,
    })
    const say = async (lora?: string) =>
      (await open.generate({ ...asked, ...(lora && { lora }) })).text
    expect(await say('off')).toBe(await say())
    expect(await say('on')).not.toBe(await say())
    await open.close()
  })

  it('gives way to another at the limit, first come first served, and nobody starves', async () => {
    const open = await openLlamaCpp({ model, loras, loraContexts: 1, parallel: 2 })
    const order = ['one', 'two', 'one', 'none', 'two', 'one', 'none', 'none', 'two']
    const alone = new Map<string, string>()
    for (const lora of new Set(order))
      alone.set(lora, (await open.generate({ ...asked, lora })).text)
    expect(
      await Promise.all(order.map(async (lora) => (await open.generate({ ...asked, lora })).text)),
    ).toEqual(order.map((lora) => alone.get(lora)))
    await open.close()
  })

  it('that is waited for can be given up, and the next is served', async () => {
    const open = await openLlamaCpp({ model, loras, loraContexts: 1 })
    const stream = open.stream({ ...asked, maxTokens: 400, lora: 'one' })
    await stream.next()
    const abort = new AbortController()
    const waiting = open
      .generate({ ...asked, lora: 'two' }, { signal: abort.signal })
      .catch((error: unknown) => error)
    await new Promise((resolve) => setTimeout(resolve, 5))
    abort.abort('enough')
    expect(await waiting).toBe('enough')
    await stream.return?.()
    await open.generate({ ...asked, lora: 'two' })
    await open.close()
  })

  it('whose context is being made can be given up at once, and is there for the next', async () => {
    const open = await openLlamaCpp({ model, loras, loraContexts: 1, parallel: 8 })
    for (const lora of ['one', 'two', 'one']) {
      const abort = new AbortController()
      const making = open
        .generate({ ...asked, lora }, { signal: abort.signal })
        .catch((error: unknown) => error)
      const asking = performance.now()
      await new Promise((resolve) => setImmediate(resolve))
      abort.abort('enough')
      expect(await making).toBe('enough')
      expect(performance.now() - asking).toBeLessThan(100)
    }
    expect((await open.generate({ ...asked, lora: 'two' })).usage.output).toBe(12)
    await open.close()
  })

  it('that the model was not opened with is refused, with those it was', async () => {
    const open = await openLlamaCpp({ model, loras: { one: loras.one } })
    await expect(open.generate({ ...asked, lora: 'three' })).rejects.toThrow(/"three"; it has one/)
    await open.close()
  })

  it.each<[what: string, make: () => Promise<string>, code: string, message: RegExp]>([
    ['is not there', async () => `${folder}/nowhere.gguf`, 'not-found', /nowhere/],
    ['is a model', async () => gguf.Q8_0, 'bad-model', /not an adapter but a model/],
    [
      'is for another model',
      () =>
        written(folder, 'other.gguf', lora({ shape: { ...shapes.small, hidden: 512 }, rank: 4 })),
      'bad-model',
      /another model.*512.*256/s,
    ],
    [
      'is for a deeper model',
      () => written(folder, 'deep.gguf', lora({ shape: { ...shapes.small, layers: 4 }, rank: 4 })),
      'bad-model',
      /another model.*missing/s,
    ],
  ])('that %s fails the opening, before anything is loaded', async (_what, make, code, message) => {
    const error = await openLlamaCpp({ model, loras: { odd: await make() } }).catch(
      (error: unknown) => error,
    )
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) })
  })
})
