import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readGgufFileInfo } from 'node-llama-cpp'
import { describe, expect, it } from 'vitest'
import {
  float32,
  ggufSize,
  madeUpVocabulary,
  shapes,
  transformer,
  uint32,
  writeGguf,
  type GgufTensor,
  type Shape,
  type WriteProgress,
} from '../src/index.ts'
import { buffersFor, tensorBytes } from '../src/tensor-bytes.ts'
import { temporaryFolder } from '../../../test/shared/folder.ts'

const folder = temporaryFolder()
const random = { type: 'random', seed: 1, deviation: 0.02 } as const
const tensor = (changes: Partial<GgufTensor> = {}): GgufTensor => ({
  name: 'a.weight',
  dimensions: [64, 3],
  type: 'Q8_0',
  weights: random,
  ...changes,
})
/** Several chunks long. */
const long = tensor({ dimensions: [1_024, 8_192] })

describe('a file', () => {
  it('says what it was given, as node-llama-cpp reads it', async () => {
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
      tensor(),
      tensor({
        name: 'b.weight',
        dimensions: [5],
        type: 'F32',
        weights: { type: 'given', values: Float32Array.of(1, 2, 3, 4, 5) },
      }),
    ]
    const bytes = await writeGguf({ path, metadata, tensors })

    const read = await readGgufFileInfo(path, { sourceType: 'filesystem', logWarnings: false })
    expect(read.metadata).toMatchObject({
      general: { name: 'naïve 🙂', file_type: 7 },
      llama: { rope: { freq_base: 0.5 } },
    })
    expect((read.metadata as unknown as { test: object }).test).toMatchObject({
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
      read.fullTensorInfo?.map(({ name, dimensions, ggmlType }) => [
        name,
        dimensions.map(Number),
        ggmlType,
      ]),
    ).toEqual([
      ['a.weight', [64, 3], 8],
      ['b.weight', [5], 0],
    ])

    const file = readFileSync(path)
    const starts = read.fullTensorInfo?.map(({ fileOffset }) => Number(fileOffset)) ?? []
    expect(starts.map((start) => start % 32)).toEqual([0, 0])
    expect(
      Array.from({ length: 5 }, (_, index) => file.readFloatLE(starts[1]! + 4 * index)),
    ).toEqual([1, 2, 3, 4, 5])
    expect([bytes, file.length]).toEqual([ggufSize({ metadata, tensors }), bytes])
  })

  it('is the same for the same seed, and differs in what another seed or name gives', async () => {
    const write = async (name: string, tensors: GgufTensor[]) => {
      const path = join(folder, name)
      await writeGguf({ path, metadata: {}, tensors })
      return readFileSync(path)
    }
    const one = await write('one', [long])
    expect((await write('two', [long])).equals(one)).toBe(true)
    const weightsOf = (file: Buffer) => file.subarray(-10_000)
    expect(
      weightsOf(await write('three', [{ ...long, weights: { ...random, seed: 2 } }])).equals(
        weightsOf(one),
      ),
    ).toBe(false)
    expect(
      weightsOf(await write('four', [{ ...long, name: 'b.weight' }])).equals(weightsOf(one)),
    ).toBe(false)
    // A chunk goes on where the last ended.
    expect(one.subarray(-4 * 2 ** 20).equals(one.subarray(-8 * 2 ** 20, -4 * 2 ** 20))).toBe(false)
  })

  it('tells its progress to the end, and takes the place of an older one', async () => {
    const path = join(folder, 'progress.gguf')
    writeFileSync(path, 'old')
    const seen: number[] = []
    const bytes = await writeGguf({
      path,
      metadata: {},
      tensors: [long],
      onProgress: ({ written, total }) => seen.push(written / total),
    })
    expect(seen.length).toBeGreaterThan(2)
    expect(seen).toEqual(seen.toSorted((a, b) => a - b))
    expect([seen.at(-1), statSync(path).size]).toEqual([1, bytes])
  })
})

it('a chunk stands while the next is made', () => {
  const chunks = tensorBytes(long, buffersFor([long]))
  const first = chunks.next().value ?? expect.fail('no chunk')
  const before = first.slice()
  chunks.next()
  expect(Buffer.compare(first, before)).toBe(0)
})

describe('nothing is left', () => {
  const empty = join(folder, 'empty')
  mkdirSync(empty)
  const path = join(empty, 'file.gguf')
  const left = () => readdirSync(empty)

  it('by an abort, which rejects with its reason', async () => {
    const abort = new AbortController()
    const calls: number[] = []
    const stop = ({ written }: WriteProgress) => {
      calls.push(written)
      abort.abort('enough')
    }
    await expect(
      writeGguf({ path, metadata: {}, tensors: [long], signal: abort.signal, onProgress: stop }),
    ).rejects.toBe('enough')
    expect(calls).toHaveLength(1)
    await expect(
      writeGguf({ path, metadata: {}, tensors: [long], signal: AbortSignal.abort('before') }),
    ).rejects.toBe('before')
    expect(left()).toEqual([])
  })
  it('by rows or listeners that throw', async () => {
    const failing = tensor({
      dimensions: [1_024, 8_192],
      weights: {
        type: 'rows',
        row: (index) => {
          if (index === 7_000) throw new RangeError('no more rows')
          return new Float32Array(1_024)
        },
      },
    })
    await expect(writeGguf({ path, metadata: {}, tensors: [failing] })).rejects.toThrow(
      new RangeError('no more rows'),
    )
    await expect(
      writeGguf({
        path,
        metadata: {},
        tensors: [long],
        onProgress: () => {
          throw new RangeError('not listening')
        },
      }),
    ).rejects.toThrow('not listening')
    const short = tensor({ weights: { type: 'rows', row: () => new Float32Array(32) } })
    await expect(writeGguf({ path, metadata: {}, tensors: [short] })).rejects.toThrow(
      /row 0 of a.weight has 32 weights, and its dimensions say 64/,
    )
    expect(left()).toEqual([])
  })
  it('by what is refused before the first byte', async () => {
    const refused: readonly (readonly [readonly GgufTensor[], RegExp])[] = [
      [[tensor({ dimensions: [48, 2] })], /rows of 48 weights, and Q8_0 packs 32/],
      [[tensor({ dimensions: [64, 2], type: 'Q4_K' })], /Q4_K packs 256/],
      [[tensor(), tensor()], /is there twice/],
      [[tensor({ dimensions: [] })], /0 dimensions/],
      [[tensor({ dimensions: [32, 1, 1, 1, 1] })], /5 dimensions/],
      [[tensor({ dimensions: [32, -1] })], /dimensions 32 × -1/],
      [[tensor({ name: 'x'.repeat(64) })], /more than 63 bytes/],
      [[tensor({ weights: { ...random, deviation: Number.NaN } })], /deviation of NaN/],
      [
        [tensor({ weights: { ...random, deviation: 1e6 } })],
        /deviation of 1000000. Give 0 to 1,000/,
      ],
      [
        [tensor({ weights: { type: 'given', values: new Float32Array(5) } })],
        /has 5 weights, and its dimensions 64 × 3 need 192/,
      ],
      [
        [
          tensor({
            dimensions: [256],
            type: 'Q3_K',
            weights: { type: 'given', values: new Float32Array(256) },
          }),
        ],
        /cannot be written as Q3_K. Choose one of F32, /,
      ],
    ]
    for (const [tensors, why] of refused) {
      const error: unknown = await writeGguf({ path, metadata: {}, tensors }).catch(
        (error: unknown) => error,
      )
      expect(error).toMatchObject({
        name: 'NanoError',
        code: 'invalid-request',
        message: expect.stringMatching(why),
      })
    }
    expect(left()).toEqual([])
  })
  it('where there is no folder, no room, or a folder in the way; the error says what to do', async () => {
    await expect(
      writeGguf({ path: join(folder, 'none', 'file.gguf'), metadata: {}, tensors: [tensor()] }),
    ).rejects.toMatchObject({
      code: 'not-found',
      message: expect.stringMatching(/no folder .*none for .*Make it first/),
    })
    await expect(
      writeGguf({ path, metadata: {}, tensors: [tensor({ dimensions: [2 ** 30, 2 ** 20] })] }),
    ).rejects.toMatchObject({
      code: 'out-of-memory',
      message: expect.stringMatching(/takes \d+ bytes, and .* has \d+ free/),
    })
    await expect(
      writeGguf({ path: empty, metadata: {}, tensors: [tensor()] }),
    ).rejects.toMatchObject({
      code: 'invalid-request',
      message: expect.stringMatching(/is a folder/),
    })
    expect(left()).toEqual([])
  })
})

describe('a shape is refused', () => {
  const vocabulary = madeUpVocabulary(512)
  const small: Shape = shapes.small
  it('when its sizes do not fit each other, the vocabulary or the quantisation', () => {
    const refused: readonly (readonly [Partial<Shape>, RegExp])[] = [
      [{ vocabulary: 600 }, /the shape has 600 tokens and the vocabulary 512/],
      [{ kvHeads: 3 }, /4 heads cannot share 3 kvHeads/],
      [{ headSize: 33 }, /headSize is 33/],
      [{ layers: 0 }, /layers is 0/],
      [{ feedForward: 300 }, /blk.0.ffn_down.weight has rows of 300 weights, and Q4_K packs 256/],
    ]
    for (const [changes, why] of refused)
      expect(() =>
        transformer({ shape: { ...small, ...changes }, quantisation: 'Q4_K_S', vocabulary }),
      ).toThrow(why)
  })
})
