import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from '../../../../test/shared/temporary-folder.ts'
import { cycle, madeUpVocabulary, shapes, successor, writeGguf } from '../../src/index.ts'
import { computeProbabilities, generateGreedily, loadModel } from './runtime.ts'

const folder = temporaryFolder()
const vocabulary = madeUpVocabulary(512)
const shape = shapes.small

describe('a successor', () => {
  const passage = [100, 300, 7, 42, 299, 8]

  it.each(['F16', 'Q4_0', 'Q4_K_M', 'Q8_0'] as const)(
    'in %s follows its cycle, whatever came before',
    async (quantization) => {
      const path = join(folder, `successor-${quantization}.gguf`)
      await writeGguf({
        path,
        ...successor({ shape, quantization, vocabulary, next: cycle(passage) }),
      })
      const model = await loadModel(path)
      expect(await generateGreedily(model, [501, 9, 10, 42], 9)).toEqual([
        299, 8, 100, 300, 7, 42, 299, 8, 100,
      ])
      expect(await generateGreedily(model, [501, 200], 3)).toEqual([100, 300, 7])
    },
  )

  it('gives the next token nearly all of the probability', async () => {
    const path = join(folder, 'probability.gguf')
    const next = (token: number) => (token + 1) % 512
    await writeGguf({ path, ...successor({ shape, quantization: 'Q4_0', vocabulary, next }) })
    const probabilities = await computeProbabilities(await loadModel(path), [501, 65, 300, 66])
    expect(probabilities.get(67)).toBeGreaterThan(0.99)
  })

  it('needs an output matrix of its own, and tokens of the vocabulary', async () => {
    const options = { quantization: 'F16', vocabulary } as const
    expect(() =>
      successor({
        ...options,
        shape: { ...shape, hasTiedEmbeddings: true },
        next: (token) => token,
      }),
    ).toThrow(/hasTiedEmbeddings: false/)
    expect(() => cycle([])).toThrow(/one or more/)
    const beyondVocabulary = successor({ ...options, shape, next: (token) => token + 1 })
    await expect(
      writeGguf({ path: join(folder, 'beyond.gguf'), ...beyondVocabulary }),
    ).rejects.toThrow('next(511) is 512')
  })
})
