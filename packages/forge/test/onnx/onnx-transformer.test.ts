import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  decoderIn,
  madeUpVocabulary,
  onnxTransformer,
  readGguf,
  shapes,
  transformer,
  writeGguf,
  writeOnnx,
  type OnnxTransformerOptions,
  type Quantisation,
  type Shape,
} from '../../src/index.ts'
import { temporaryFolder } from '../../../../test/shared/folder.ts'
import { distribution, load } from '../native/runtime.ts'
import { difference, openSession, step } from './session.ts'

const folder = temporaryFolder()
const shape = shapes.small
const { ropeScaling: _, ...unscaled } = shape
const { architecture, normEpsilon, tied } = shapes['qwen3-0.6b']
const qwen3 = { ...unscaled, architecture, normEpsilon, tied }
const prompt = [501, 65, 300, 66, 12, 499]
const precisions = ['fp32', 'fp16', 'q4', 'q4f16'] as const

let files = 0
async function forged(options: Partial<OnnxTransformerOptions> = {}) {
  const path = join(folder, `${files++}.onnx`)
  await writeOnnx({
    path,
    ...onnxTransformer({ shape, precision: 'fp32', deviation: 0.1, ...options }),
  })
  return openSession(path)
}

describe('a small random model', () => {
  it.each(precisions)('in %s runs, and its logits are numbers of their own', async (precision) => {
    const session = await forged({ precision })
    const kv = session.inputMetadata.find(({ name }) => name === 'past_key_values.1.value')
    expect(kv).toMatchObject({
      type: precision.endsWith('16') ? 'float16' : 'float32',
      shape: ['batch_size', 2, 'past_sequence_length', 128],
    })
    const { logits } = await step(session, shape, prompt)
    expect(logits.map(({ length }) => length)).toEqual(prompt.map(() => 512))
    expect(logits.flat().every(Number.isFinite)).toBe(true)
    expect(new Set(logits.at(-1)).size).toBeGreaterThan(100)
  })

  it.each(precisions)('in %s says the same with a cache as without', async (precision) => {
    const session = await forged({ precision })
    const whole = await step(session, shape, prompt)
    const first = await step(session, shape, prompt.slice(0, 4))
    const second = await step(session, shape, prompt.slice(4, 5), { before: first })
    const third = await step(session, shape, prompt.slice(5), { before: second })
    const tolerance = precision.endsWith('16') ? 0.1 : 1e-4
    expect(Math.max(...whole.logits.at(-1)!)).toBeGreaterThan(1)
    expect(
      difference(
        [...second.logits[0]!, ...third.logits[0]!],
        [...whole.logits[4]!, ...whole.logits[5]!],
      ),
    ).toBeLessThan(tolerance)
  })

  it('says the same for the same seed, and other things for another', async () => {
    const logits = async (seed: number) =>
      (await step(await forged({ seed, precision: 'q4' }), shape, prompt)).logits.at(-1)!
    const one = await logits(1)
    expect(await logits(1)).toEqual(one)
    expect(difference(await logits(2), one)).toBeGreaterThan(0.1)
  })

  it('has as much spread in four bits as in full', async () => {
    const spread = async (options: Partial<OnnxTransformerOptions>) => {
      const logits = (await step(await forged(options), shape, prompt)).logits.at(-1)!
      const mean = logits.reduce((sum, logit) => sum + logit, 0) / logits.length
      return Math.sqrt(logits.reduce((sum, logit) => sum + (logit - mean) ** 2, 0) / logits.length)
    }
    const full = await spread({})
    for (const zeroPoints of [false, true])
      expect((await spread({ precision: 'q4', zeroPoints })) / full).toBeCloseTo(1, 0)
  })
})

describe('positions', () => {
  it('are counted from the cache, or those of position_ids, of which only the distances count', async () => {
    const [counted, told] = [await forged(), await forged({ positionIds: true })]
    const expected = (await step(counted, shape, prompt)).logits.at(-1)!
    const given = async (positions: number[]) =>
      (await step(told, shape, prompt, { positions })).logits.at(-1)!
    expect(difference(await given([0, 1, 2, 3, 4, 5]), expected)).toBeLessThan(1e-4)
    expect(difference(await given([7, 8, 9, 10, 11, 12]), expected)).toBeLessThan(1e-3)
    expect(difference(await given([0, 1, 2, 3, 4, 900]), expected)).toBeGreaterThan(0.01)
  })
})

describe('logits', () => {
  it('are of every position, of the last, or of as many as asked for', async () => {
    const [all, last, asked] = [
      await forged(),
      await forged({ logits: 'last' }),
      await forged({ logits: 'asked' }),
    ]
    const whole = (await step(all, shape, prompt)).logits
    expect((await step(last, shape, prompt)).logits).toEqual(whole.slice(-1))
    expect((await step(asked, shape, prompt, { keep: 2 })).logits).toEqual(whole.slice(-2))
    expect((await step(asked, shape, prompt, { keep: 0 })).logits).toEqual(whole)
  })
})

describe('given weights', () => {
  /** llama.cpp's probabilities of the same weights, and ours. */
  async function both(
    name: string,
    {
      of,
      quantisation,
      ...options
    }: {
      readonly of: Shape
      readonly quantisation: Quantisation
    } & Partial<OnnxTransformerOptions>,
  ) {
    const gguf = join(folder, `${name}.gguf`)
    const { metadata, tensors } = transformer({
      shape: of,
      quantisation,
      vocabulary: madeUpVocabulary(512),
      deviation: 0.1,
    })
    await writeGguf({
      path: gguf,
      metadata,
      tensors: tensors.map((tensor) =>
        tensor.type === 'Q6_K' ? { ...tensor, type: 'Q4_0' } : tensor,
      ),
    })
    const probabilities = await distribution(await load(gguf), prompt)
    const file = readGguf(gguf)
    try {
      const { weights, shape: found } = decoderIn(file)
      const { logits } = await step(await forged({ shape: found, weights, ...options }), of, prompt)
      const last = logits.at(-1)!
      const sum = last.reduce((all, logit) => all + Math.exp(logit), 0)
      return Math.max(
        ...last.map((logit, token) =>
          Math.abs(Math.log(probabilities.get(token)!) - (logit - Math.log(sum))),
        ),
      )
    } finally {
      file.close()
    }
  }

  it.each<[string, Shape]>([
    ['with scaled rotary frequencies', shape],
    ['with plain ones', unscaled],
    ['with tied embeddings', { ...shape, tied: true }],
    ['of the graph qwen3', qwen3],
  ])('%s say what llama.cpp says of them', async (name, of) => {
    expect(await both(name, { of, quantisation: 'F32' })).toBeLessThan(0.05)
  })
  it.each(['F16', 'BF16', 'Q8_0', 'Q4_0'] as const)('are read from %s', async (quantisation) => {
    expect(await both(quantisation, { of: shape, quantisation })).toBeLessThan(0.3)
  })
  it.each([false, true])(
    'of four bits stay near, with zero points of their own: %s',
    async (zeroPoints) => {
      expect(
        await both(`q4-${zeroPoints}`, {
          of: shape,
          quantisation: 'F32',
          precision: 'q4',
          zeroPoints,
        }),
      ).toBeLessThan(2)
    },
  )
  it('of another shape are refused', async () => {
    const gguf = join(folder, 'other.gguf')
    await writeGguf({
      path: gguf,
      ...transformer({ shape, quantisation: 'F16', vocabulary: madeUpVocabulary(512) }),
    })
    const file = readGguf(gguf)
    const { weights } = decoderIn(file)
    expect(() =>
      onnxTransformer({ shape: { ...shape, feedForward: 256 }, precision: 'fp32', weights }),
    ).toThrow('tensor blk.0.ffn_gate.weight is 256 × 512, and the shape needs 256 × 256')
    expect(() =>
      onnxTransformer({ shape: { ...shape, layers: 3 }, precision: 'fp32', weights }),
    ).toThrow(/no tensor blk.2.attn_norm.weight/)
    file.close()
  })
})

it('a long context, scaled, is not the short one', async () => {
  const logits = async (of: Shape) =>
    (
      await step(await forged({ shape: of, positionIds: true }), of, prompt, {
        positions: [0, 1, 2, 3, 4, 1_500],
      })
    ).logits.at(-1)!
  expect(difference(await logits(shape), await logits(unscaled))).toBeGreaterThan(0.001)
})

it('an accuracy level is one that the runtime knows', async () => {
  const [plain, rounded] = [
    await forged({ precision: 'q4' }),
    await forged({ precision: 'q4', accuracyLevel: 4 }),
  ]
  const [one, other] = [
    (await step(plain, shape, prompt)).logits.at(-1)!,
    (await step(rounded, shape, prompt)).logits.at(-1)!,
  ]
  expect(difference(one, other)).toBeLessThan(1)
})

it('a shape whose rows are no whole blocks is refused in four bits only', async () => {
  const odd = { ...shape, feedForward: 500 }
  expect(() => onnxTransformer({ shape: odd, precision: 'q4' })).toThrow(
    'ffn_down has rows of 500 weights, and q4 packs 32 at a time',
  )
  expect((await step(await forged({ shape: odd }), odd, prompt)).logits).toHaveLength(6)
  expect(() => onnxTransformer({ shape: { ...shape, kvHeads: 3 }, precision: 'fp32' })).toThrow(
    /4 heads cannot share 3 kvHeads/,
  )
})
