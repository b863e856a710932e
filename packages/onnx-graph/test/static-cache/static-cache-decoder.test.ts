import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from '../../../../test/shared/folder.ts'
import { onnx } from '../../../tiny/src/index.ts'
import { onnxTransformer, shapes, writeOnnx } from '../../../forge/src/index.ts'
import {
  groupedQueryCache,
  lastLogits,
  staticCacheDecoder,
  type OnnxContents,
  type OnnxNode,
} from '../../src/index.ts'
import { cacheIn, emptyCache, stepFeeds } from '../loop/loop.ts'
import { tableDecoder } from '../table-decoder.ts'

const folder = temporaryFolder()
let files = 0
async function written(contents: OnnxContents): Promise<string> {
  const path = join(folder, `${files++}.onnx`)
  await writeOnnx({ path, ...contents })
  return path
}

type Feeds = Readonly<Record<string, Tensor>>

async function openBoth(
  path: string,
): Promise<{ readonly plain: InferenceSession; readonly kept: InferenceSession }> {
  const open = (model: Uint8Array) =>
    InferenceSession.create(model, {
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
      logSeverityLevel: 3,
      extra: { session: { model_external_initializers_file_folder_path: dirname(path) } },
    })
  const bytes = readFileSync(path)
  return { plain: await open(bytes), kept: await open(staticCacheDecoder(bytes)) }
}

/** Room for so many tokens, full of numbers that must not be looked at. */
function room(session: InferenceSession, length: number, rows = 1): Feeds {
  return Object.fromEntries(
    Object.entries(emptyCache(session)).map(
      ([
        name,
        {
          dims: [, heads = 0, , width = 0],
        },
      ]) => [
        name,
        new Tensor('float32', new Float32Array(rows * heads * length * width).fill(1e30), [
          rows,
          heads,
          length,
          width,
        ]),
      ],
    ),
  )
}

/** Puts what a run gave where it belongs. */
function put(cache: Feeds, out: InferenceSession.ReturnType, pasts: readonly number[]): void {
  for (const [
    name,
    {
      data,
      dims: [, heads = 0, length = 0, width = 0],
    },
  ] of Object.entries(cache)) {
    const given = out[name.replace('past', 'new')] as Tensor
    const read = given.dims[2] ?? 0
    for (const [row, past] of pasts.entries()) {
      for (let head = 0; head < heads; head++) {
        const from = (row * heads + head) * read * width
        ;(data as Float32Array).set(
          (given.data as Float32Array).subarray(from, from + read * width),
          ((row * heads + head) * length + past) * width,
        )
      }
    }
  }
}

/** Logits of the last token, of which the first are those of all. */
const nearby = ({ data, dims }: Tensor, other: Tensor) => {
  expect(dims).toEqual([other.dims[0], 1, other.dims[2]])
  const [values, others] = [data as Float32Array, (other.data as Float32Array).slice(-data.length)]
  const largest = others.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  expect(
    Math.max(...Array.from(values, (value, index) => Math.abs(value - others[index]!))),
  ).toBeLessThan(1e-5 * largest)
}

/** A decoder whose attentions are changed. */
function changed(change: (node: OnnxNode) => Partial<OnnxNode>): OnnxContents {
  const contents = onnxTransformer({ shape: shapes.small, precision: 'fp32', deviation: 0.1 })
  return {
    ...contents,
    nodes: contents.nodes.map((node) =>
      node.operator === 'GroupQueryAttention' ? { ...node, ...change(node) } : node,
    ),
  }
}

/**
 * Query, key and value in one, as onnxruntime-genai packs them; and no scale, which is then the
 * usual one.
 */
function packed(): OnnxContents {
  const contents = changed(({ inputs: [query, , , ...others], attributes }) => ({
    inputs: [`${query}/packed`, '', '', ...others],
    attributes: { ...attributes, scale: { float: 0 } },
  }))
  const plain = onnxTransformer({ shape: shapes.small, precision: 'fp32', deviation: 0.1 })
  const attentions = plain.nodes.filter(({ operator }) => operator === 'GroupQueryAttention')
  return {
    ...contents,
    nodes: contents.nodes.flatMap((node) => {
      const index = attentions.findIndex(({ outputs }) => outputs[0] === node.outputs[0])
      const [query = '', key = '', value = ''] = attentions[index]?.inputs ?? []
      return index < 0
        ? [node]
        : [
            {
              operator: 'Concat',
              inputs: [query, key, value],
              outputs: [`${query}/packed`],
              attributes: { axis: 2 },
            },
            node,
          ]
    }),
  }
}

const models = {
  'as transformers.js has them': () => join(onnx.transformers, 'onnx/model.onnx'),
  'as transformers.js has them, in four bits': () => join(onnx.transformers, 'onnx/model_q4.onnx'),
  'as onnxruntime-genai has them': () => join(onnx.genai, 'model.onnx'),
  'told their positions': () =>
    written(
      onnxTransformer({
        shape: shapes.small,
        precision: 'fp32',
        deviation: 0.1,
        positionIds: true,
      }),
    ),
  'with query, key and value in one': () => written(packed()),
}

describe.each(Object.entries(models))('a static cache, of decoders %s,', (_, path) => {
  it('gives the logits that a growing one gives, for one token and for several', async () => {
    const { plain, kept } = await openBoth(await path())
    const there = room(kept, 64)
    let growing: Feeds = emptyCache(plain)
    let past = 0
    for (const tokens of [[1], [50, 60, 70], [80], [90], [5, 6], [7]]) {
      const feeds = stepFeeds(plain, tokens, growing)
      const out = await plain.run({ ...feeds, ...growing })
      growing = cacheIn(out)
      const other = await kept.run({ ...feeds, ...there })
      put(there, other, [past])
      past += tokens.length
      nearby(other.logits as Tensor, out.logits as Tensor)
    }
  })
})

it('a static cache takes several sequences, a token each, of different lengths', async () => {
  const { plain, kept } = await openBoth(join(onnx.genai, 'model.onnx'))
  const prompts = [
    [1, 50, 60, 70],
    [9, 8],
  ]
  const both = room(kept, 64, 2)
  const wanted: Tensor[] = []
  for (const [row, prompt] of prompts.entries()) {
    const empty = emptyCache(plain)
    const first = await plain.run({ ...stepFeeds(plain, prompt, empty), ...empty })
    for (const [name, tensor] of Object.entries(cacheIn(first))) {
      const [, heads = 0, length = 0, width = 0] = tensor.dims
      for (let head = 0; head < heads; head++)
        (both[name]!.data as Float32Array).set(
          (tensor.data as Float32Array).subarray(
            head * length * width,
            (head + 1) * length * width,
          ),
          (row * heads + head) * 64 * width,
        )
    }
    wanted.push(
      (await plain.run({ ...stepFeeds(plain, [7], cacheIn(first)), ...cacheIn(first) }))
        .logits as Tensor,
    )
  }
  const mask = BigInt64Array.of(1n, 1n, 1n, 1n, 1n, 1n, 1n, 1n, 0n, 0n)
  const out = await kept.run({
    input_ids: new Tensor('int64', BigInt64Array.of(7n, 7n), [2, 1]),
    attention_mask: new Tensor('int64', mask, [2, 5]),
    ...both,
  })
  const logits = out.logits!.data as Float32Array
  for (const [row, { data, dims }] of wanted.entries())
    nearby(
      new Tensor('float32', logits.slice(row * data.length, (row + 1) * data.length), dims),
      wanted[row]!,
    )
})

it.each<[what: string, contents: () => OnnxContents, why: RegExp]>([
  [
    'with another attention',
    () =>
      tableDecoder({
        rows: [
          [1, 2],
          [2, 1],
        ],
      }),
    /past_key_values\.0\.key, which is not of a GroupQueryAttention/,
  ],
  [
    'whose cache is in half precision',
    () => onnxTransformer({ shape: shapes.small, precision: 'fp16' }),
    /not float32/,
  ],
  [
    'whose attention looks back only so far',
    () => changed(({ attributes }) => ({ attributes: { ...attributes, local_window_size: 32 } })),
    /with local_window_size/,
  ],
  [
    'whose scores are capped',
    () => changed(({ attributes }) => ({ attributes: { ...attributes, softcap: { float: 30 } } })),
    /with softcap/,
  ],
])('a decoder %s gets no static cache, and is told why', async (_what, contents, why) => {
  const model = readFileSync(await written(contents()))
  expect(() => staticCacheDecoder(model)).toThrow(
    expect.objectContaining({ code: 'unsupported', message: expect.stringMatching(why) }),
  )
})

it('attributes that change nothing are no hindrance', async () => {
  const neutral = { softcap: { float: 0 }, smooth_softmax: 0, local_window_size: -1 }
  const { plain, kept } = await openBoth(
    await written(changed(({ attributes }) => ({ attributes: { ...attributes, ...neutral } }))),
  )
  const empty = emptyCache(plain)
  const feeds = stepFeeds(plain, [5], empty)
  nearby(
    (await kept.run({ ...feeds, ...room(kept, 64) })).logits as Tensor,
    (await plain.run({ ...feeds, ...empty })).logits as Tensor,
  )
})

it('the cache of a decoder with GroupQueryAttention alone is named, whatever its precision', async () => {
  expect(
    groupedQueryCache(
      readFileSync(await written(onnxTransformer({ shape: shapes.small, precision: 'q4f16' }))),
    ).slice(0, 2),
  ).toEqual(['present.0.key', 'present.0.value'])
  expect(() =>
    groupedQueryCache(lastLogits(readFileSync(join(onnx.transformers, 'onnx/model.onnx')))),
  ).not.toThrow()
  const other = readFileSync(
    await written(
      tableDecoder({
        rows: [
          [1, 2],
          [2, 1],
        ],
      }),
    ),
  )
  expect(() => groupedQueryCache(other)).toThrow(expect.objectContaining({ code: 'unsupported' }))
})
