import { readFileSync } from 'node:fs'
import { llama3Vocabulary, madeUpVocabulary, shapes, transformer } from '@nano/forge'
import type { Message, Model, Tool } from '@nano/core'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { sharedData } from '../../../../test/shared/shared-data.ts'
import { isLongRun } from '../../../../test/shared/long-run.ts'
import { temporaryFolder } from '../../../../test/shared/temporary-folder.ts'
import { openLlamaCpp } from '../../src/index.ts'
import { writeModel } from './small-models.ts'

const folder = temporaryFolder()
const ranks = sharedData('llama3/tokenizer.model')
const fixtures = sharedData('llama3/llama-bpe.inp')
const prompts = sharedData('nemotron/prompts.json')
const missing = ranks.missing ?? fixtures.missing ?? prompts.missing
const because = missing ? ` [${missing}]` : ''
const name = 'Llama 3.1 Nemotron Nano 4B v1.1'

interface Case {
  readonly name: string
  readonly reasoning: 'on' | 'off'
  readonly messages: readonly Message[]
  readonly tools?: readonly Tool[]
  readonly prompt: string
  readonly tokens: readonly number[]
}

/**
 * Nemotron's graph and vocabulary, as narrow as it gets; what depends on neither width nor weights
 * is true of it.
 */
async function writeNarrowModel(): Promise<string> {
  const shape = {
    ...shapes['nemotron-nano-4b'],
    hiddenSize: 64,
    layers: 2,
    heads: 4,
    kvHeads: 1,
    feedForwardSize: 64,
  }
  return writeModel(
    folder,
    'narrow.gguf',
    transformer({
      shape,
      quantization: 'Q8_0',
      vocabulary: llama3Vocabulary(readFileSync(ranks.path)),
      name,
    }),
  )
}

describe("a GGUF with Nemotron Nano 4B's name, graph and vocabulary", () => {
  let model: Model
  beforeAll(async () => {
    if (!missing)
      model = await openLlamaCpp({ model: await writeNarrowModel(), contextLength: 131_072 })
  })
  afterAll(() => model?.close())

  it.skipIf(missing)(
    `opens, renders the prompts it was trained on, and tokenizes as Llama 3 does${because}`,
    async () => {
      expect(model.info).toMatchObject({ model: name, format: 'nemotron' })

      const cases = JSON.parse(readFileSync(prompts.path, 'utf8')) as readonly Case[]
      expect(cases.length).toBeGreaterThan(5)
      for (const { name, prompt, tokens, reasoning, messages, tools = [] } of cases) {
        expect(await model.render({ messages, reasoning, tools }), name).toEqual({
          text: prompt,
          tokens,
        })
      }
      const ids = readFileSync(fixtures.path.replace(/inp$/, 'out'), 'utf8').split('\n')
      for (const [index, text] of readFileSync(fixtures.path, 'utf8')
        .split('\n__ggml_vocab_test__\n')
        .entries()) {
        const tokens = await model.tokenize(text)
        expect(tokens.join(' '), text).toBe(ids[index]?.trim())
        expect(await model.detokenize(tokens)).toBe(text)
      }
    },
  )

  it.skipIf(missing)(`has 128k of context, and uses it${because}`, async () => {
    // Six tokens each: past 8,192, the context of older Llama 3 models, in the long tests.
    const sentences = isLongRun ? 1_600 : 200
    const content = 'All work and no play. '.repeat(sentences)
    const { usage } = await model.generate({ messages: content, maxTokens: 2 })
    expect(usage.input).toBeGreaterThan(6 * sentences)
    const again = await model.generate({ messages: content, maxTokens: 2 })
    expect(again.usage.cachedInput).toBe((usage.input ?? 0) - 1)
    await expect(model.generate('All work and no play. '.repeat(25_600))).rejects.toMatchObject({
      code: 'context-overflow',
      message: expect.stringContaining('131072'),
    })
  })
})

describe('the whole 4 B shape', () => {
  const tooMuch = isLongRun ? undefined : 'only in the long form: 2.6 GB and half a minute'
  it.skipIf(tooMuch)(
    'decodes, and frees its sequence within a second of an abort during a prefill' +
      (tooMuch ? ` [${tooMuch}]` : ''),
    { timeout: 600_000 },
    async () => {
      const shape = shapes['nemotron-nano-4b']
      const vocabulary = missing
        ? madeUpVocabulary(shape.vocabularySize)
        : llama3Vocabulary(readFileSync(ranks.path))
      const model = await openLlamaCpp({
        model: await writeModel(
          folder,
          'whole.gguf',
          transformer({ shape, quantization: 'Q4_0', vocabulary, name }),
        ),
        parallel: 2,
      })
      expect(
        (await model.generate({ messages: 'hi', maxTokens: 4, sampling: { temperature: 0 } })).usage
          .output,
      ).toBe(4)

      const abort = new AbortController()
      const batchEnds = [performance.now()]
      const reading = model
        .generate(
          { messages: 'All work and no play. '.repeat(300), maxTokens: 2 },
          { signal: abort.signal, onPrefill: () => batchEnds.push(performance.now()) },
        )
        .catch((error: unknown) => error)
      const waitingReply = model.generate({
        messages: 'hi',
        maxTokens: 6,
        sampling: { temperature: 0 },
      })
      await new Promise((resolve) => setTimeout(resolve, 2_000))
      await vi.waitUntil(() => batchEnds.length > 1, 30_000)
      const batchTimes = batchEnds.slice(1).map((end, index) => end - (batchEnds[index] ?? end))
      const asked = performance.now()
      abort.abort('enough')
      expect(await reading).toBe('enough')
      // It waits for a batch, which takes longer where another test holds the cores.
      expect(performance.now() - asked).toBeLessThan(Math.max(1_500, 2 * Math.max(...batchTimes)))
      expect((await waitingReply).usage.output).toBe(6)
      await model.close()
    },
  )

  it(`at 128k eight times over is refused with its numbers before it is loaded`, async () => {
    const shape = {
      ...shapes['nemotron-nano-4b'],
      feedForwardSize: 32,
      vocabularySize: 512,
      hiddenSize: 32,
    }
    const model = await writeModel(
      folder,
      'thin.gguf',
      transformer({ shape, quantization: 'Q8_0', vocabulary: madeUpVocabulary(512), name }),
    )
    // 32 layers, 8 heads of 128, keys and values, 2 bytes: 16 GiB for each of eight.
    await expect(
      openLlamaCpp({ model, contextLength: 131_072, parallel: 8 }),
    ).rejects.toMatchObject({
      code: 'out-of-memory',
      message: expect.stringMatching(/1[23]\d\.\d GiB for 8 contexts of 131072/),
    })
  })
})
