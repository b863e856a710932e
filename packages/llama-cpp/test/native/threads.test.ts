import { availableParallelism } from 'node:os'
import { madeUpVocabulary, shapes, transformer } from '@nano/forge'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { temporaryFolder } from '../../../../test/shared/temporary-folder.ts'
import { openLlamaCpp } from '../../src/index.ts'
import { writeModel } from './small-models.ts'

const folder = temporaryFolder()
const cores = availableParallelism()
/** A few tokens: where other programs hold the cores, two threads take half a second for one. */
const request = { messages: 'What is 27 * 43?', maxTokens: 4, sampling: { temperature: 0 } }

beforeEach(() => {
  vi.stubEnv('NANO_CACHE', folder)
})
afterEach(() => vi.unstubAllEnvs())

describe('the threads of a model', () => {
  it('are measured when it is opened, for each kind of batch', async () => {
    const path = await writeModel(
      folder,
      'measured.gguf',
      transformer({
        shape: { ...shapes.small, layers: 16 },
        quantization: 'Q8_0',
        vocabulary: madeUpVocabulary(shapes.small.vocabularySize),
        name: 'Llama 3.1 Nemotron Nano 4B v1.1, small',
      }),
    )
    // A short context: the measurement stays within it.
    const model = await openLlamaCpp({ model: path, parallel: 2, contextLength: 80 })
    const { parameters = 0, threads } = model.info
    expect(parameters).toBeGreaterThan(10_000_000)
    expect(Object.keys(threads ?? {})).toEqual(['prefill', 'decode', 'decodeTogether'])
    for (const count of Object.values(threads ?? {})) {
      expect(count).toBeGreaterThanOrEqual(1)
      expect(count).toBeLessThanOrEqual(cores)
    }
    const { usage } = await model.generate(request)
    expect(usage.cachedInput).toBe(0)
    await model.close()
  })

  it('are one where the model is tiny, and what the option says where it is given', async () => {
    const countsOf = async (threads?: Parameters<typeof openLlamaCpp>[0]['threads']) => {
      const model = await openLlamaCpp({ model: 'tiny', ...(threads && { threads }) })
      const { reasoning } = await model.generate(request)
      await model.close()
      return [...Object.values(model.info.threads ?? {}), reasoning]
    }
    const apart = { prefill: 2, decode: 1, decodeTogether: 2 }
    expect(await countsOf()).toEqual([1, 1, 1, '27'])
    expect(await countsOf(2)).toEqual([2, 2, 2, '27'])
    expect(await countsOf(apart)).toEqual([2, 1, 2, '27'])
    expect(await countsOf('cores')).toHaveLength(4)
  })

  it('let three models compute at the same time', async () => {
    const models = [
      await openLlamaCpp({ model: 'tiny', threads: { prefill: 2, decode: 1, decodeTogether: 1 } }),
      await openLlamaCpp({ model: 'tiny', threads: 1, parallel: 2 }),
      await openLlamaCpp({ model: 'tiny', threads: 'cores' }),
    ]
    const replies = Array.from({ length: 9 }, (_, index) => models[index % 3]?.generate(request))
    for (const reply of await Promise.all(replies)) expect(reply?.reasoning).toBe('27')
    for (const model of models) await model.close()
  })
})
