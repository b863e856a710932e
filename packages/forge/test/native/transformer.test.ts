import { join } from 'node:path'
import { GgufFileType, readGgufFileInfo } from 'node-llama-cpp'
import { describe, expect, it } from 'vitest'
import {
  cycle,
  lora,
  madeUpVocabulary,
  quantisations,
  shapes,
  successor,
  transformer,
  writeGguf,
} from '../../src/index.ts'
import { temporaryFolder } from '../../../../test/shared/folder.ts'
import { distribution, greedy, load } from './runtime.ts'

const folder = temporaryFolder()
const vocabulary = madeUpVocabulary(512)
const shape = shapes.small
const prompt = [501, 65, 300, 66]

describe('a small random model', () => {
  it.each(quantisations)(
    'in %s loads, and knows how likely each token is',
    async (quantisation) => {
      const path = join(folder, `${quantisation}.gguf`)
      await writeGguf({
        path,
        ...transformer({
          shape,
          quantisation,
          vocabulary,
          name: 'small',
          chatTemplate: '{{ messages }}',
        }),
      })
      const {
        metadata: { general, tokenizer },
      } = await readGgufFileInfo(path, { sourceType: 'filesystem', logWarnings: false })
      expect([general.name, tokenizer.chat_template, GgufFileType[general.file_type!]]).toEqual([
        'small',
        '{{ messages }}',
        expect.stringMatching(new RegExp(`${quantisation}$`)),
      ])

      const probabilities = await distribution(await load(path), prompt)
      expect(probabilities.size).toBe(512)
      expect([...probabilities.values()].reduce((sum, one) => sum + one, 0)).toBeCloseTo(1, 3)
      expect(new Set(probabilities.values()).size).toBeGreaterThan(100)
    },
  )

  it('of the graph qwen3, with tied embeddings, loads too', async () => {
    const path = join(folder, 'qwen3.gguf')
    const { architecture, normEpsilon, tied, ropeTheta } = shapes['qwen3-0.6b']
    const { ropeScaling: _, ...sizes } = shape
    await writeGguf({
      path,
      ...transformer({
        shape: { ...sizes, architecture, normEpsilon, tied, ropeTheta },
        quantisation: 'Q4_K_M',
        vocabulary,
      }),
    })
    expect((await distribution(await load(path), prompt)).size).toBe(512)
  })

  it('says the same for the same seed, and other things for another', async () => {
    const reply = async (seed: number) => {
      const path = join(folder, `seed-${seed}.gguf`)
      await writeGguf({ path, ...transformer({ shape, quantisation: 'Q8_0', vocabulary, seed }) })
      return greedy(await load(path), prompt, 12)
    }
    const one = await reply(1)
    expect(await reply(1)).toEqual(one)
    expect(await reply(2)).not.toEqual(one)
  })
})

describe('a successor', () => {
  const passage = [100, 300, 7, 42, 299, 8]

  it.each(['F16', 'Q4_0', 'Q4_K_M', 'Q8_0'] as const)(
    'in %s follows its cycle, whatever came before',
    async (quantisation) => {
      const path = join(folder, `successor-${quantisation}.gguf`)
      await writeGguf({
        path,
        ...successor({ shape, quantisation, vocabulary, next: cycle(passage) }),
      })
      const model = await load(path)
      expect(await greedy(model, [501, 9, 10, 42], 9)).toEqual([
        299, 8, 100, 300, 7, 42, 299, 8, 100,
      ])
      expect(await greedy(model, [501, 200], 3)).toEqual([100, 300, 7])
    },
  )

  it('is all but sure of each token', async () => {
    const path = join(folder, 'sure.gguf')
    await writeGguf({
      path,
      ...successor({ shape, quantisation: 'Q4_0', vocabulary, next: (token) => (token + 1) % 512 }),
    })
    expect((await distribution(await load(path), prompt)).get(67)).toBeGreaterThan(0.99)
  })

  it('needs an output of its own, and tokens that exist', async () => {
    expect(() =>
      successor({
        shape: { ...shape, tied: true },
        quantisation: 'F16',
        vocabulary,
        next: (token) => token,
      }),
    ).toThrow(/tied: false/)
    expect(() => cycle([])).toThrow(/one or more/)
    const beyond = successor({ shape, quantisation: 'F16', vocabulary, next: (token) => token + 1 })
    await expect(writeGguf({ path: join(folder, 'beyond.gguf'), ...beyond })).rejects.toThrow(
      'next(511) is 512',
    )
  })
})

describe('a LoRA adapter', () => {
  const base = transformer({ shape, quantisation: 'Q8_0', vocabulary })
  const path = join(folder, 'base.gguf')
  const adapted = async (options: Partial<Parameters<typeof lora>[0]>) => {
    const adapter = join(folder, 'adapter.gguf')
    await writeGguf({ path, ...base })
    await writeGguf({ path: adapter, ...lora({ shape, rank: 8, seed: 5, ...options }) })
    const model = await load(path)
    const [without, with_] = [
      await distribution(model, prompt),
      await distribution(model, prompt, { lora: adapter }),
    ]
    return Math.max(
      ...[...without].map(
        ([token, probability]) => Math.abs(probability - (with_.get(token) ?? 0)) / probability,
      ),
    )
  }

  it('changes what the model says', async () => {
    expect(await adapted({ deviation: 0.2 })).toBeGreaterThan(0.01)
  })
  it('on every matrix is taken by llama.cpp, and of deviation 0 changes nothing', async () => {
    expect(
      await adapted({
        deviation: 0,
        targets: ['attn_q', 'attn_k', 'attn_v', 'attn_output', 'ffn_gate', 'ffn_up', 'ffn_down'],
      }),
    ).toBeLessThan(1e-6)
  })
  it('has a size and a target', () => {
    expect(() => lora({ shape, rank: 0 })).toThrow(/a rank of 0/)
    expect(() => lora({ shape, rank: 1, targets: [] })).toThrow(/without targets/)
  })
})
