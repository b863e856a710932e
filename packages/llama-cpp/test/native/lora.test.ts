import { lora, shapes } from '@nano/forge'
import { gguf } from '@nano/tiny'
import { beforeAll, describe, expect, it } from 'vitest'
import { temporaryFolder } from '../../../../test/shared/temporary-folder.ts'
import { openLlamaCpp } from '../../src/index.ts'
import { smallLora, smallModel, writeModel } from './small-models.ts'

const folder = temporaryFolder()
const request = {
  messages: 'hi',
  reasoning: 'off',
  sampling: { temperature: 0 },
  maxTokens: 12,
} as const
let model: string
let loras: Record<'one' | 'two' | 'none', string>
beforeAll(async () => {
  model = await writeModel(folder, 'model.gguf', smallModel())
  loras = {
    one: await writeModel(folder, 'one.gguf', smallLora(1)),
    two: await writeModel(folder, 'two.gguf', smallLora(2)),
    none: await writeModel(folder, 'none.gguf', smallLora(3, 0)),
  }
})

describe('a LoRA adapter', () => {
  it('changes the reply of the request that names it, and no other', async () => {
    const openedModel = await openLlamaCpp({ model, loras, loraContexts: 3 })
    const generateText = async (lora?: string) =>
      (await openedModel.generate({ ...request, ...(lora && { lora }) })).text
    const plainText = await generateText()
    const [textOfOne, textOfTwo, textOfNone] = await Promise.all(
      ['one', 'two', 'none'].map(generateText),
    )
    expect(new Set([plainText, textOfOne, textOfTwo]).size).toBe(3)
    expect(textOfNone).toBe(plainText)
    expect(await generateText()).toBe(plainText)
    expect(openedModel.capabilities.loras).toEqual(['one', 'two', 'none'])
    await openedModel.close()
  })

  it('counts as much as its scale', async () => {
    const openedModel = await openLlamaCpp({
      model,
      loras: { off: { path: loras.one, scale: 0 }, on: loras.one },
      loraContexts: 2,
    })
    const generateText = async (lora?: string) =>
      (await openedModel.generate({ ...request, ...(lora && { lora }) })).text
    expect(await generateText('off')).toBe(await generateText())
    expect(await generateText('on')).not.toBe(await generateText())
    await openedModel.close()
  })

  it('gives way to another at the limit, first come first served, and nobody starves', async () => {
    const openedModel = await openLlamaCpp({ model, loras, loraContexts: 1, parallel: 2 })
    const order = ['one', 'two', 'one', 'none', 'two', 'one', 'none', 'none', 'two']
    const textsByLora = new Map<string, string>()
    for (const lora of new Set(order))
      textsByLora.set(lora, (await openedModel.generate({ ...request, lora })).text)
    expect(
      await Promise.all(
        order.map(async (lora) => (await openedModel.generate({ ...request, lora })).text),
      ),
    ).toEqual(order.map((lora) => textsByLora.get(lora)))
    await openedModel.close()
  })

  it('that is waited for can be given up, and the next is served', async () => {
    const openedModel = await openLlamaCpp({ model, loras, loraContexts: 1 })
    const stream = openedModel.stream({ ...request, maxTokens: 400, lora: 'one' })
    await stream.next()
    const abort = new AbortController()
    const waitingReply = openedModel
      .generate({ ...request, lora: 'two' }, { signal: abort.signal })
      .catch((error: unknown) => error)
    await new Promise((resolve) => setTimeout(resolve, 5))
    abort.abort('enough')
    expect(await waitingReply).toBe('enough')
    await stream.return?.()
    await openedModel.generate({ ...request, lora: 'two' })
    await openedModel.close()
  })

  it('whose context is being made can be given up at once, and is there for the next', async () => {
    const openedModel = await openLlamaCpp({ model, loras, loraContexts: 1, parallel: 8 })
    for (const lora of ['one', 'two', 'one']) {
      const abort = new AbortController()
      const abortedReply = openedModel
        .generate({ ...request, lora }, { signal: abort.signal })
        .catch((error: unknown) => error)
      const abortedAt = performance.now()
      await new Promise((resolve) => setImmediate(resolve))
      abort.abort('enough')
      expect(await abortedReply).toBe('enough')
      expect(performance.now() - abortedAt).toBeLessThan(100)
    }
    expect((await openedModel.generate({ ...request, lora: 'two' })).usage.output).toBe(12)
    await openedModel.close()
  })

  it('that the model was not opened with is refused, with those it was', async () => {
    const openedModel = await openLlamaCpp({ model, loras: { one: loras.one } })
    await expect(openedModel.generate({ ...request, lora: 'three' })).rejects.toThrow(
      /"three"; it has one/,
    )
    await openedModel.close()
  })

  it.each<[what: string, makeFile: () => Promise<string>, code: string, message: RegExp]>([
    ['is not there', async () => `${folder}/nowhere.gguf`, 'not-found', /nowhere/],
    ['is a model', async () => gguf.Q8_0, 'bad-model', /not an adapter but a model/],
    [
      'is for another model',
      () =>
        writeModel(
          folder,
          'other.gguf',
          lora({ shape: { ...shapes.small, hiddenSize: 512 }, rank: 4 }),
        ),
      'bad-model',
      /another model.*512.*256/s,
    ],
    [
      'is for a deeper model',
      () =>
        writeModel(folder, 'deep.gguf', lora({ shape: { ...shapes.small, layers: 4 }, rank: 4 })),
      'bad-model',
      /another model.*missing/s,
    ],
  ])(
    'that %s fails the opening, before anything is loaded',
    async (_what, makeFile, code, message) => {
      const error = await openLlamaCpp({ model, loras: { odd: await makeFile() } }).catch(
        (error: unknown) => error,
      )
      expect(error).toMatchObject({ code, message: expect.stringMatching(message) })
    },
  )
})
