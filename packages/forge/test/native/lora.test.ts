import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from '../../../../test/shared/temporary-folder.ts'
import { lora, madeUpVocabulary, shapes, transformer, writeGguf } from '../../src/index.ts'
import { computeProbabilities, loadModel } from './runtime.ts'

const folder = temporaryFolder()
const shape = shapes.small
const prompt = [501, 65, 300, 66]
const base = transformer({ shape, quantization: 'Q8_0', vocabulary: madeUpVocabulary(512) })
const path = join(folder, 'base.gguf')

/** Measures by how much an adapter changes a probability, relative to it, at the most. */
async function measureChange(options: Partial<Parameters<typeof lora>[0]>): Promise<number> {
  const adapter = join(folder, 'adapter.gguf')
  await writeGguf({ path, ...base })
  await writeGguf({ path: adapter, ...lora({ shape, rank: 8, seed: 5, ...options }) })
  const model = await loadModel(path)
  const original = await computeProbabilities(model, prompt)
  const adaptedProbabilities = await computeProbabilities(model, prompt, { lora: adapter })
  return Math.max(
    ...[...original].map(
      ([token, probability]) =>
        Math.abs(probability - (adaptedProbabilities.get(token) ?? 0)) / probability,
    ),
  )
}

describe('a LoRA adapter', () => {
  it('changes probabilities', async () => {
    expect(await measureChange({ deviation: 0.2 })).toBeGreaterThan(0.01)
  })

  it('for every matrix loads, and changes nothing with a deviation of 0', async () => {
    expect(
      await measureChange({
        deviation: 0,
        targets: ['attn_q', 'attn_k', 'attn_v', 'attn_output', 'ffn_gate', 'ffn_up', 'ffn_down'],
      }),
    ).toBeLessThan(1e-6)
  })

  it('has a rank and a target', () => {
    expect(() => lora({ shape, rank: 0 })).toThrow(/a rank of 0/)
    expect(() => lora({ shape, rank: 1, targets: [] })).toThrow(/without targets/)
  })
})
