import { madeUpVocabulary, shapes, transformer } from '@nano/forge'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from '../../../../test/shared/temporary-folder.ts'
import { type LlamaCppOptions, openLlamaCpp } from '../../src/index.ts'
import { writeModel } from './small-models.ts'

const folder = temporaryFolder()

it('exact computes as a KV cache of f32 without flash attention does', async () => {
  const exactLogprobs = await readLogprobs({ model: 'tiny', exact: true })
  const fullPrecision = { kvCache: 'f32', flashAttention: false } as const
  expect(exactLogprobs).toEqual(await readLogprobs({ model: 'tiny', ...fullPrecision }))
  expect(exactLogprobs).toEqual(
    await readLogprobs({ model: 'tiny', exact: true, ...fullPrecision }),
  )
  expect(exactLogprobs).not.toEqual(await readLogprobs({ model: 'tiny' }))
})

describe('a file whose weights are in F32', () => {
  const writeQuantized = (quantization: 'F32' | 'F16') =>
    writeModel(
      folder,
      `${quantization}.gguf`,
      transformer({
        shape: shapes.small,
        quantization,
        vocabulary: madeUpVocabulary(shapes.small.vocabularySize),
        name: 'Llama 3.1 Nemotron Nano 4B v1.1, small',
        deviation: 0.1,
      }),
    )

  it('is computed exactly, and one in F16 is not', async () => {
    const [float32, float16] = [await writeQuantized('F32'), await writeQuantized('F16')]
    const exactLogprobs = await readLogprobs({ model: float32, exact: true })
    expect(await readLogprobs({ model: float32 })).toEqual(exactLogprobs)
    expect(await readLogprobs({ model: float32, exact: false })).not.toEqual(exactLogprobs)
    expect(await readLogprobs({ model: float16 })).toEqual(
      await readLogprobs({ model: float16, exact: false }),
    )
  })

  it('is computed as the options say, where they say otherwise', async () => {
    const model = await writeQuantized('F32')
    for (const options of [{ kvCache: 'f16' }, { flashAttention: true }] as const)
      expect(await readLogprobs({ model, ...options })).toEqual(
        await readLogprobs({ model, exact: false, ...options }),
      )
  })
})

async function readLogprobs(options: LlamaCppOptions): Promise<readonly number[]> {
  const model = await openLlamaCpp(options)
  const { logprobs = [] } = await model.generate({
    messages: 'What is 12 + 30?',
    sampling: { temperature: 0 },
    maxTokens: 24,
    logprobs: 0,
  })
  await model.close()
  return logprobs.map(({ logprob }) => logprob)
}
