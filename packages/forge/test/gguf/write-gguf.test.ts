import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readGgufFileInfo } from 'node-llama-cpp'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from '../../../../test/shared/temporary-folder.ts'
import { buffersOfSize, fillChunks } from '../../src/files/chunks.ts'
import { float32, uint32 } from '../../src/gguf/gguf-contents.ts'
import { computeGgufSize, writeGguf, type GgufTensor } from '../../src/index.ts'
import { computeTensorSize } from '../../src/tensors/gguf-tensor.ts'
import { tensorFiller } from '../../src/tensors/tensor-filler.ts'
import { longTensor, randomWeights, testTensor } from './test-tensor.ts'

const folder = temporaryFolder()

describe('a file', () => {
  it('has the metadata and tensors that node-llama-cpp reads from it', async () => {
    const path = join(folder, 'header.gguf')
    const metadata = {
      'general.architecture': 'llama',
      'general.name': 'naïve 🙂',
      'general.file_type': uint32(7),
      'llama.rope.freq_base': float32(0.5),
      'test.yes': true,
      'test.no': false,
      'test.negative': { type: 'int32', value: -3 },
      'test.long': { type: 'uint64', value: 2n ** 63n },
      'test.texts': ['a', '', 'ä'],
      'test.none': [],
      'test.ints': Int32Array.of(1, -1),
      'test.floats': Float32Array.of(0.25),
      'test.counts': Uint32Array.of(9),
    } as const
    const tensors = [
      testTensor(),
      testTensor({
        name: 'b.weight',
        dimensions: [5],
        type: 'F32',
        weights: { type: 'values', values: Float32Array.of(1, 2, 3, 4, 5) },
      }),
    ]
    const bytes = await writeGguf({ path, metadata, tensors })

    const fileInfo = await readGgufFileInfo(path, { sourceType: 'filesystem', logWarnings: false })
    expect(fileInfo.metadata).toMatchObject({
      general: { name: 'naïve 🙂', file_type: 7 },
      llama: { rope: { freq_base: 0.5 } },
    })
    expect((fileInfo.metadata as unknown as { test: object }).test).toMatchObject({
      yes: true,
      no: false,
      negative: -3,
      texts: ['a', '', 'ä'],
      none: [],
      ints: [1, -1],
      floats: [0.25],
      counts: [9],
    })
    expect(
      fileInfo.fullTensorInfo?.map(({ name, dimensions, ggmlType }) => [
        name,
        dimensions.map(Number),
        ggmlType,
      ]),
    ).toEqual([
      ['a.weight', [64, 3], 8],
      ['b.weight', [5], 0],
    ])

    const file = readFileSync(path)
    const starts = fileInfo.fullTensorInfo?.map(({ fileOffset }) => Number(fileOffset)) ?? []
    expect(starts.map((start) => start % 32)).toEqual([0, 0])
    expect(
      Array.from({ length: 5 }, (_, index) => file.readFloatLE(starts[1]! + 4 * index)),
    ).toEqual([1, 2, 3, 4, 5])
    expect([bytes, file.length]).toEqual([computeGgufSize({ metadata, tensors }), bytes])
  })

  it('is the same for the same seed, and differs by seed and by tensor name', async () => {
    const write = async (name: string, tensors: GgufTensor[]) => {
      const path = join(folder, name)
      await writeGguf({ path, metadata: {}, tensors })
      return readFileSync(path)
    }
    const first = await write('first', [longTensor])
    expect((await write('second', [longTensor])).equals(first)).toBe(true)
    const weightsOf = (file: Buffer) => file.subarray(-10_000)
    expect(
      weightsOf(
        await write('other-seed', [{ ...longTensor, weights: { ...randomWeights, seed: 2 } }]),
      ).equals(weightsOf(first)),
    ).toBe(false)
    expect(
      weightsOf(await write('other-name', [{ ...longTensor, name: 'b.weight' }])).equals(
        weightsOf(first),
      ),
    ).toBe(false)
    // A chunk continues where the last one ended.
    expect(first.subarray(-4 * 2 ** 20).equals(first.subarray(-8 * 2 ** 20, -4 * 2 ** 20))).toBe(
      false,
    )
  })

  it('replaces an older one, and its progress is reported to the end', async () => {
    const path = join(folder, 'progress.gguf')
    writeFileSync(path, 'old')
    const progress: number[] = []
    const bytes = await writeGguf({
      path,
      metadata: {},
      tensors: [longTensor],
      onProgress: ({ written, total }) => progress.push(written / total),
    })
    expect(progress.length).toBeGreaterThan(2)
    expect(progress).toEqual(progress.toSorted((a, b) => a - b))
    expect([progress.at(-1), statSync(path).size]).toEqual([1, bytes])
  })
})

it('a chunk stays valid while the next one is made', () => {
  const size = computeTensorSize(longTensor)
  const chunks = fillChunks(tensorFiller(longTensor), size, buffersOfSize([]))
  const chunk = chunks.next().value ?? expect.fail('there is no chunk')
  const copy = chunk.slice()
  chunks.next()
  expect(Buffer.compare(chunk, copy)).toBe(0)
})
