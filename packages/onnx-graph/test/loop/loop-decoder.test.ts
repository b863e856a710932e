import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Sampling } from '@nano/core'
import { describe, expect, it } from 'vitest'
import { times } from '../../../../test/shared/effort.ts'
import { uniform } from '../../../chat/src/sampler.ts'
import { onnx } from '../../../tiny/src/index.ts'
import { onnxTransformer, shapes, writeOnnx } from '../../../forge/src/index.ts'
import { loopDecoder, loopFeeds, type OnnxContents } from '../../src/index.ts'
import { temporaryFolder } from '../../../../test/shared/folder.ts'
import { bytes, integer, joined, nested, text } from '../../src/protobuf/encode-fields.ts'
import { fieldsOf } from '../../src/protobuf/read-fields.ts'
import { randomBits } from '../../../forge/src/random-bits.ts'
import {
  cacheIn,
  emptyCache,
  looped,
  openBoth,
  stepFeeds,
  stepwise,
  tensors,
  type Both,
} from './loop.ts'
import { tableDecoder } from '../table-decoder.ts'

const folder = temporaryFolder()
let files = 0
async function written(contents: OnnxContents): Promise<string> {
  const path = join(folder, `${files++}.onnx`)
  await writeOnnx({ path, ...contents })
  return path
}

const settings: readonly Sampling[] = [
  { temperature: 0 },
  { temperature: 0, repetitionPenalty: 1.3, presencePenalty: 0.4, frequencyPenalty: 0.2 },
  { temperature: 2 },
  { temperature: 2, topK: 40 },
  { temperature: 3, topP: 0.9 },
  { temperature: 2, minP: 0.05 },
  { temperature: 5, topK: 50, topP: 0.95, minP: 0.02 },
  { temperature: 1.5, topP: 0.9, repetitionPenalty: 1.1, frequencyPenalty: -0.3 },
  { temperature: 0.7, topP: 0.9999 },
  { temperature: 2, topK: 1 },
  { topK: 5_000 },
]

const tiny = {
  'as transformers.js has them': join(onnx.transformers, 'onnx/model.onnx'),
  'as transformers.js has them, in four bits': join(onnx.transformers, 'onnx/model_q4.onnx'),
  'as onnxruntime-genai has them': join(onnx.genai, 'model.onnx'),
  'as onnxruntime-genai has them, in four bits': join(onnx.genaiInt4, 'model.onnx'),
}
const vocabularySize = 640

describe.each(Object.entries(tiny))('several steps to a run, of decoders %s,', (_, path) => {
  const prompt = [1, 50, 60, 70, 80, 90]

  it.each([1, 3, 16])('%i of them, choose what one to a run does', async (steps) => {
    const { plain, loop } = await openBoth(path)
    for (const [seed, sampling] of settings.entries()) {
      const reply = { prompt, length: 24, vocabularySize, sampling: { ...sampling, seed } }
      expect((await looped(loop, reply, steps)).tokens, JSON.stringify(sampling)).toEqual(
        (await stepwise(plain, reply)).tokens,
      )
    }
  })

  it('end at a stop id, and another prompt goes on from there', async () => {
    const { plain, loop } = await openBoth(path)
    const reply = { prompt, length: 24, vocabularySize, sampling: { temperature: 3, seed: 5 } }
    const whole = (await stepwise(plain, reply)).tokens
    const stopIds = [whole[9]!, 639]
    const [one, other] = [
      await stepwise(plain, { ...reply, stopIds }),
      await looped(loop, { ...reply, stopIds }, 16),
    ]
    expect(other.tokens).toEqual(whole.slice(0, whole.indexOf(whole[9]!) + 1))
    const logits = async (session: Both['plain'], { cache }: typeof one) =>
      (await session.run({ ...stepFeeds(session, [7, 8], cache), ...cache })).logits!
    expect((await logits(plain, other)).data).toEqual((await logits(plain, one)).data)
  })
})

it.each(['fp16', 'q4f16'] as const)('a decoder in %s runs in a loop', async (precision) => {
  const { plain, loop } = await openBoth(
    await written(
      onnxTransformer({ shape: shapes.small, precision, deviation: 0.1, logits: 'asked' }),
    ),
  )
  const reply = {
    prompt: [501, 65, 300],
    length: 12,
    vocabularySize: 512,
    sampling: { temperature: 1, topK: 20, seed: 3 },
  }
  expect((await looped(loop, reply, 6)).tokens).toEqual((await stepwise(plain, reply)).tokens)
})

describe('weights', () => {
  it('stay where they are', () => {
    const [before, after] = [
      readFileSync(tiny['as transformers.js has them']),
      loopDecoder(readFileSync(tiny['as transformers.js has them'])),
    ]
    expect(after.length - before.length).toBeLessThan(20_000)
    const places = (bytes: Uint8Array) =>
      Buffer.from(bytes).toString('latin1').split('model.onnx_data').length
    expect(places(after)).toBe(places(before))
  })
  it('inside of the file are kept', async () => {
    const { plain, loop } = await openBoth(
      await written(
        onnxTransformer({
          shape: shapes.small,
          precision: 'fp32',
          deviation: 0.1,
          positionIds: true,
        }),
      ),
    )
    const reply = {
      prompt: [501, 65, 300],
      length: 8,
      vocabularySize: 512,
      sampling: { temperature: 0, seed: 0 },
    }
    expect((await looped(loop, reply, 8)).tokens).toEqual((await stepwise(plain, reply)).tokens)
  })
})

/** Rows of logits in steps of a quarter, so that many are equal; some may not come. */
function rows(count: number, seed: number, spread = 24): number[][] {
  const bits = new Uint32Array(count * count)
  randomBits(seed, 'rows')(bits)
  return Array.from({ length: count }, (_, row) =>
    Array.from(bits.subarray(row * count, (row + 1) * count), (word) =>
      word % 17 === 0 ? -Infinity : ((word >>> 5) % (4 * spread)) / 4 - spread / 2,
    ),
  )
}

describe('a choice', () => {
  it('is the same among equals, and among what may not come', async () => {
    for (let seed = 0; seed < times(3); seed++) {
      const { plain, loop } = await openBoth(
        await written(tableDecoder({ rows: rows(80, seed), ids: 'int32' })),
      )
      for (const sampling of [
        ...settings,
        { temperature: 8, topP: 0.5 },
        { temperature: 30, topP: 0.97, topK: 60 },
        { temperature: 20, frequencyPenalty: 2 },
        { temperature: 12, repetitionPenalty: 2 },
      ]) {
        const reply = {
          prompt: [3],
          length: 64,
          vocabularySize: 80,
          sampling: { ...sampling, seed },
        }
        expect((await looped(loop, reply, 16)).tokens, JSON.stringify(sampling)).toEqual(
          (await stepwise(plain, reply)).tokens,
        )
      }
    }
  })

  it('is never past the vocabulary', async () => {
    const { plain, loop } = await openBoth(
      await written(
        tableDecoder({
          rows: rows(40, 1).map((row) => row.map((logit, id) => (id < 30 ? logit : logit + 100))),
        }),
      ),
    )
    for (const temperature of [0, 4]) {
      const reply = {
        prompt: [3],
        length: 32,
        vocabularySize: 30,
        sampling: { temperature, seed: 1 },
      }
      const { tokens } = await looped(loop, reply, 32)
      expect(tokens).toEqual((await stepwise(plain, reply)).tokens)
      expect(Math.max(...tokens)).toBeLessThan(30)
    }
  })

  it('that rounding could decide is left to the caller, with the logits and the cache up to there', async () => {
    // Three tokens follow each other; after the third, two are as likely as each other and the
    // chance is between them.
    const never = -Infinity
    const { loop } = await openBoth(
      await written(
        tableDecoder({
          rows: [
            [never, 9, never],
            [never, never, 9],
            [1.5, 1.5, never],
          ],
        }),
      ),
    )
    const run = (sampling: Sampling, chance: number) => {
      const cache = emptyCache(loop)
      return loop.run({
        ...stepFeeds(loop, [0], cache),
        ...cache,
        ...tensors(
          loopFeeds({ steps: 4, vocabularySize: 3, ...sampling, chances: [0.1, 0.2, chance, 0.2] }),
        ),
      })
    }
    const left = await run({ temperature: 1 }, 0.5)
    expect(Array.from(left.tokens!.data as BigInt64Array, Number)).toEqual([1, 2, -1])
    expect(left.logits).toMatchObject({ dims: [1, 1, 3], data: Float32Array.of(1.5, 1.5, never) })
    expect(cacheIn(left)['past_key_values.0.key']!.data).toEqual(Float32Array.of(0, 1, 2))
    expect(
      Array.from(
        (await run({ temperature: 1, topP: 0.5 }, 0.2)).tokens!.data as BigInt64Array,
        Number,
      ),
    ).toEqual([1, 2, -1])
    expect(
      Array.from((await run({ temperature: 1 }, 0.501)).tokens!.data as BigInt64Array, Number),
    ).toEqual([1, 2, 1, 2])
  })

  it.each([0, 1])(
    'from logits that are no numbers is left to the caller, at temperature %i',
    async (temperature) => {
      const { loop } = await openBoth(
        await written(
          tableDecoder({
            rows: [
              [-Infinity, 9, -Infinity],
              [NaN, NaN, NaN],
              [0, 0, 0],
            ],
          }),
        ),
      )
      const cache = emptyCache(loop)
      for (const cut of [{}, { topK: 2 }, { topP: 0.5 }]) {
        const { tokens } = await loop.run({
          ...stepFeeds(loop, [0], cache),
          ...cache,
          ...tensors(
            loopFeeds({
              steps: 4,
              vocabularySize: 3,
              temperature,
              ...cut,
              chances: [0.1, 0.2, 0.3, 0.4],
            }),
          ),
        })
        expect(Array.from(tokens!.data as BigInt64Array, Number)).toEqual([1, -1])
      }
    },
  )

  it('is seldom left to the caller', async () => {
    const { loop } = await openBoth(tiny['as onnxruntime-genai has them'])
    for (const [seed, sampling] of settings.entries())
      expect(
        (
          await looped(
            loop,
            { prompt: [1, 9], length: 64, vocabularySize, sampling: { ...sampling, seed } },
            16,
          )
        ).left,
      ).toBe(0)
  })
})

it('a decoder with a branch for the first step takes the other in the next', async () => {
  const { plain, loop } = await openBoth(
    await written(tableDecoder({ rows: rows(40, 1), firstRows: rows(40, 2) })),
  )
  const reply = {
    prompt: [3],
    length: 16,
    vocabularySize: 40,
    sampling: { temperature: 0, seed: 1 },
  }
  expect((await looped(loop, reply, 16)).tokens).toEqual((await stepwise(plain, reply)).tokens)
})

it('what a graph says of the types within it stays with the steps', async () => {
  const path = await written(tableDecoder({ rows: rows(40, 1) }))
  const of = (name: string) =>
    nested(
      13,
      text(1, name),
      nested(
        2,
        nested(
          1,
          integer(1, 1),
          nested(2, ...['batch', 'length', 'width'].map((size) => nested(1, text(2, size)))),
        ),
      ),
    )
  const fields = fieldsOf(readFileSync(path)).map((field) =>
    field.number === 7
      ? nested(
          7,
          bytes(field.bytes),
          ...['rows', 'logits', 'present.0.key'].map(of),
          nested(13, text(1, 'read'), nested(2, nested(1, integer(1, 1)))),
        )
      : bytes(field.whole),
  )
  writeFileSync(path, Buffer.concat(joined(fields).pieces.map((piece) => piece as Uint8Array)))
  const { plain, loop } = await openBoth(path)
  const reply = {
    prompt: [3, 4],
    length: 16,
    vocabularySize: 40,
    sampling: { temperature: 0, seed: 1 },
  }
  expect((await looped(loop, reply, 16)).tokens).toEqual((await stepwise(plain, reply)).tokens)
  expect(Buffer.from(loopDecoder(readFileSync(path))).toString('latin1')).toContain(
    'read\x12\x04\n\x02\x08\x01',
  )
})

describe('refused is', () => {
  const contents = tableDecoder({ rows: rows(8, 1) })
  const refusal = async (
    changed: Partial<OnnxContents>,
    edit = (model: Buffer): Uint8Array => model,
  ) => {
    const model = edit(readFileSync(await written({ ...contents, ...changed })))
    return () => loopDecoder(model)
  }
  it('what is no decoder with a cache', async () => {
    expect(await refusal({ outputs: contents.outputs.slice(1) })).toThrow(
      /has no logits of the shape/,
    )
    expect(await refusal({ outputs: contents.outputs.slice(0, 1) })).toThrow(
      'has the input past_key_values.0.key and no output present.0.key',
    )
    expect(
      await refusal({
        inputs: contents.inputs.slice(0, 1),
        nodes: contents.nodes.slice(0, 1),
        outputs: contents.outputs.slice(0, 1),
      }),
    ).toThrow(/has no KV cache/)
    const [, ...others] = contents.inputs
    expect(
      await refusal({
        inputs: [{ name: 'input_ids', type: 'float32', dimensions: [1, 'length'] }, ...others],
      }),
    ).toThrow(/has no whole numbers input_ids/)
  })
  it('a decoder in a loop already', async () => {
    expect(await refusal({}, loopDecoder)).toThrow('has an input steps already')
  })
  it('a graph of operators older than the loop needs', async () => {
    // The operator set is the last field but one: its version is 21.
    expect(
      await refusal({}, (model) =>
        Buffer.from(model).fill(12, model.lastIndexOf(21), model.lastIndexOf(21) + 1),
      ),
    ).toThrow('is of operator set 12, and a loop needs 13')
  })
  it('what is cut short or no model at all', async () => {
    expect(await refusal({}, (model) => model.subarray(0, -9))).toThrow(
      expect.objectContaining({ code: 'bad-model' }),
    )
    expect(() => loopDecoder(new TextEncoder().encode('{"model": 1}'))).toThrow(
      expect.objectContaining({ code: 'bad-model' }),
    )
    expect(() => loopDecoder(new Uint8Array(0))).toThrow(/has no graph/)
  })
  it('a run of no steps, or of fewer chances than steps', () => {
    expect(() => loopFeeds({ steps: 0, vocabularySize: 8 })).toThrow('was asked for 0 steps')
    expect(() => loopFeeds({ steps: 2, vocabularySize: 8, chances: [uniform(1)()] })).toThrow(
      'a loop of 2 steps was given 1 chances',
    )
    expect(loopFeeds({ steps: 2, vocabularySize: 8, topK: 1 }).chances.data).toHaveLength(0)
  })
})
