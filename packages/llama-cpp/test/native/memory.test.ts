import { shapes, successor, cycle, madeUpVocabulary, transformer } from '@nano/forge'
import type { Model } from '@nano/core'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from '../../../../test/shared/temporary-folder.ts'
import { openLlamaCpp } from '../../src/index.ts'
import { writeModel } from './small-models.ts'

const folder = temporaryFolder()
const greedy = { temperature: 0 } as const

describe('what will not fit', () => {
  it('is refused before it is loaded, with the numbers and what to do', async () => {
    const shape = { ...shapes.small, layers: 48, kvHeads: 4, contextLength: 1_048_576 }
    const model = await writeModel(
      folder,
      'deep.gguf',
      transformer({
        shape,
        quantization: 'Q4_0',
        vocabulary: madeUpVocabulary(512),
        name: 'Llama 3.1 Nemotron Nano 4B v1.1, deep',
      }),
    )
    let loadCount = 0
    const error = await openLlamaCpp({
      model,
      contextLength: 1_048_576,
      parallel: 8,
      onLoad: () => loadCount++,
    }).catch((error: unknown) => error)
    expect(error).toMatchObject({
      code: 'out-of-memory',
      message: expect.stringMatching(
        new RegExp(
          'needs .* GiB for the weights and .* GiB for 8 contexts of 1048576 tokens in f16, ' +
            'and .* GiB are free.*shorter contextLength',
        ),
      ),
    })
    expect(loadCount).toBe(0)
  })
})

describe('the KV cache', () => {
  it.each(['f16', 'f32', 'q8_0'] as const)('in %s answers as it should', async (kvCache) => {
    const model = await openLlamaCpp({ model: 'tiny', kvCache })
    expect(
      (await model.generate({ messages: 'What is 12 + 30?', reasoning: 'on', sampling: greedy }))
        .text,
    ).toBe('42')
    await model.close()
  })

  it('in a type the model has no room for is refused by name', async () => {
    const shape = { ...shapes.small, headSize: 16, heads: 8, kvHeads: 4 }
    const model = await writeModel(
      folder,
      'narrow.gguf',
      transformer({
        shape,
        quantization: 'F16',
        vocabulary: madeUpVocabulary(512),
        name: 'Llama 3.1 Nemotron Nano 4B v1.1, narrow',
      }),
    )
    const error = await openLlamaCpp({ model, kvCache: 'q8_0' }).catch((error: unknown) => error)
    expect(error).toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining("Use kvCache: 'f16'"),
    })
    await (await openLlamaCpp({ model })).close()
  })

  it('in a type we do not know is refused before any work', async () => {
    await expect(openLlamaCpp({ model: 'tiny', kvCache: 'q4_0' as 'f16' })).rejects.toMatchObject({
      code: 'invalid-request',
    })
  })

  it('keeps the thought that a budget closed, though others wait for the slot', async () => {
    const model = await openLlamaCpp({ model: 'tiny' })
    const request = {
      messages: 'What is 4812 + 977?',
      reasoning: 'on',
      reasoningBudget: 20,
      sampling: greedy,
    } as const
    const replyAlone = await model.generate(request)
    let prefillCount = 0
    const replyAmongOthers = model.generate(request, { onPrefill: () => prefillCount++ })
    const otherReplies = [1, 2, 3].map((index) =>
      model.generate({ messages: `What is ${index} + 1?`, sampling: greedy }),
    )
    expect((await replyAmongOthers).text).toBe(replyAlone.text)
    expect(prefillCount).toBe(1)
    await Promise.all(otherReplies)
    await model.close()
  })
})

describe('speculation', () => {
  const generateReply = async (model: Model, fields: object = {}) => {
    const { text, reasoning, usage } = await model.generate({
      messages: 'Sort ascending: 507, 12, 48, 900, 77, 3.',
      reasoning: 'on',
      sampling: greedy,
      ...fields,
    })
    return { text, reasoning, output: usage.output }
  }
  const schema = {
    type: 'object',
    properties: { list: { type: 'array', items: { type: 'integer' }, maxItems: 4 } },
    required: ['list'],
  }

  it('changes no greedy reply: plain, cut, penalized, to a schema, with a budget', async () => {
    const [plainModel, guessingModel] = [
      await openLlamaCpp({ model: 'tiny', parallel: 2 }),
      await openLlamaCpp({ model: 'tiny', parallel: 2, speculation: 'prompt-lookup' }),
    ]
    for (const fields of [
      {},
      { maxTokens: 17 },
      { sampling: { temperature: 0, repetitionPenalty: 1.3 } },
      { schema },
      { reasoningBudget: 25 },
      { stop: ['48'] },
      { logprobs: 1 },
    ]) {
      expect(await generateReply(guessingModel, fields), JSON.stringify(fields)).toEqual(
        await generateReply(plainModel, fields),
      )
    }
    const parallelReplies = await Promise.all([1, 2, 3, 4].map(() => generateReply(guessingModel)))
    for (const reply of parallelReplies) expect(reply).toEqual(await generateReply(plainModel))
    await Promise.all([plainModel.close(), guessingModel.close()])
  })

  it('repeats a passage exactly', async () => {
    const vocabulary = madeUpVocabulary(512)
    const order = Array.from({ length: 40 }, (_, index) => 260 + index * 5)
    const path = await writeModel(
      folder,
      'successor.gguf',
      successor({
        shape: shapes.small,
        quantization: 'Q8_0',
        vocabulary,
        name: 'Llama 3.1 Nemotron Nano 4B v1.1, successor',
        next: cycle(order),
      }),
    )
    const replies = []
    for (const speculation of [undefined, 'prompt-lookup'] as const) {
      const model = await openLlamaCpp({ model: path, ...(speculation && { speculation }) })
      const passage = (await model.generate({ messages: 'hi', sampling: greedy, maxTokens: 60 }))
        .text
      replies.push(
        (await model.generate({ messages: passage, sampling: greedy, maxTokens: 100 })).text,
      )
      await model.close()
    }
    expect(replies[1]).toBe(replies[0])
  })
})
