import { join } from 'node:path'
import { GgufFileType, readGgufFileInfo } from 'node-llama-cpp'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from '../../../../test/shared/temporary-folder.ts'
import { quantizations } from '../../src/gguf/quantizations.ts'
import { madeUpVocabulary, shapes, transformer, writeGguf } from '../../src/index.ts'
import { computeProbabilities, generateGreedily, loadModel } from './runtime.ts'

const folder = temporaryFolder()
const vocabulary = madeUpVocabulary(512)
const shape = shapes.small
const prompt = [501, 65, 300, 66]

describe('a small model with random weights', () => {
  it.each(quantizations)(
    'in %s loads, and gives each token a probability',
    async (quantization) => {
      const path = join(folder, `${quantization}.gguf`)
      const chatTemplate = '{{ messages }}'
      await writeGguf({
        path,
        ...transformer({ shape, quantization, vocabulary, name: 'small', chatTemplate }),
      })
      const { metadata } = await readGgufFileInfo(path, {
        sourceType: 'filesystem',
        logWarnings: false,
      })
      const { general, tokenizer } = metadata
      expect([general.name, tokenizer.chat_template, GgufFileType[general.file_type!]]).toEqual([
        'small',
        chatTemplate,
        expect.stringMatching(new RegExp(`${quantization}$`)),
      ])

      const probabilities = await computeProbabilities(await loadModel(path), prompt)
      expect(probabilities.size).toBe(512)
      const sum = [...probabilities.values()].reduce((sum, probability) => sum + probability, 0)
      expect(sum).toBeCloseTo(1, 3)
      expect(new Set(probabilities.values()).size).toBeGreaterThan(100)
    },
  )

  it('of the graph qwen3 with tied embeddings loads', async () => {
    const path = join(folder, 'qwen3.gguf')
    const { architecture, normEpsilon, hasTiedEmbeddings, ropeTheta } = shapes['qwen3-0.6b']
    const { ropeScaling: _, ...sizes } = shape
    await writeGguf({
      path,
      ...transformer({
        shape: { ...sizes, architecture, normEpsilon, hasTiedEmbeddings, ropeTheta },
        quantization: 'Q4_K_M',
        vocabulary,
      }),
    })
    expect((await computeProbabilities(await loadModel(path), prompt)).size).toBe(512)
  })

  it('generates the same for the same seed, and something else for another', async () => {
    const generate = async (seed: number) => {
      const path = join(folder, `seed-${seed}.gguf`)
      await writeGguf({ path, ...transformer({ shape, quantization: 'Q8_0', vocabulary, seed }) })
      return generateGreedily(await loadModel(path), prompt, 12)
    }
    const reply = await generate(1)
    expect(await generate(1)).toEqual(reply)
    expect(await generate(2)).not.toEqual(reply)
  })
})
