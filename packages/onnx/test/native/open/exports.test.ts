import { describe, expect, it } from 'vitest'
import { onnx } from '@nano/tiny'
import { isLongRun } from '../../../../../test/shared/long-run.ts'
import type { ModelSize } from '../../../src/model-folder/model-size.ts'
import { openAs } from '../../../src/open.ts'
import { openError } from './broken-copies.ts'
import {
  copyToCache,
  merge,
  readingOneToken,
  tinyGraph,
  withAttentions,
  withCacheDimensions,
  withoutPast,
  writeExport,
} from './exports.ts'

const namedDimensionsGraph = withCacheDimensions(
  tinyGraph(),
  ([batch = 1, heads = 1, length = 1]) => [batch, heads, length, 'kv_cache_dim'],
)
const window = (layers: readonly number[], size: number) => ({
  window_size: size,
  slide_key_value_cache: false,
  slide_inputs: false,
  layers,
})
const withWindow =
  (sliding_window: object) =>
  ({ model, ...config }: { readonly model: { readonly decoder: object } }) => ({
    ...config,
    model: { ...model, decoder: { ...model.decoder, sliding_window } },
  })

/** Two turns: the second continues the cache of the first with several tokens. */
async function converse(path: string, size?: ModelSize): Promise<readonly string[]> {
  const model = await openAs(size, {
    model: path,
    device: 'cpu',
    threads: 1,
    format: 'nemotron',
  })
  const settings = { reasoning: 'on', sampling: { temperature: 0 }, maxTokens: 200 } as const
  const question = { role: 'user', content: 'What is 12 + 30?' } as const
  const firstReply = await model.generate({ messages: [question], ...settings })
  const nextMessage = { role: 'user', content: 'What is 3 + 4?' } as const
  const secondReply = await model.generate({
    messages: [question, firstReply.message, nextMessage],
    ...settings,
  })
  await model.close()
  return [firstReply.text, secondReply.text]
}

type Export = [kind: string, write: (name: string) => Promise<string>]

const kinds: readonly Export[] = [
  [
    'whose cache has a name for its width',
    (name) =>
      writeExport({
        name,
        graphs: { 'model.onnx': namedDimensionsGraph },
        changeConfig: (config) => config,
      }),
  ],
  [
    'whose cache has names for its heads and its width, beside the config of transformers',
    (name) =>
      writeExport({
        name,
        graphs: {
          'model.onnx': withCacheDimensions(tinyGraph(), () => ['b', 'h', 'length', 'w']),
        },
      }),
  ],
  [
    'whose layers have caches of the size of their window',
    (name) =>
      writeExport({
        name,
        graphs: {
          'model.onnx': withAttentions(namedDimensionsGraph, ({ attributes }) => ({
            attributes: { ...attributes, local_window_size: 1_024, sliding_window_cache: 1 },
          })),
        },
        changeConfig: withWindow(window([0, 1, 2, 3], 1_024)),
      }),
  ],
  [
    'in two files, of which the second reads one token',
    (name) =>
      writeExport({
        name,
        graphs: {
          'decoder_model.onnx': withoutPast(tinyGraph()),
          'decoder_with_past_model.onnx': readingOneToken(tinyGraph()),
        },
      }),
  ],
  [
    'in two files with positions',
    (name) =>
      writeExport({
        name,
        graphs: {
          'decoder_model.onnx': withoutPast(tinyGraph({ hasPositionIds: true })),
          'decoder_with_past_model.onnx': tinyGraph({ hasPositionIds: true }),
        },
      }),
  ],
  [
    'with two branches',
    (name) => writeExport({ name, graphs: { 'decoder_model_merged.onnx': merge(tinyGraph()) } }),
  ],
]
/** Where the files of a model are, whatever its size. */
const layouts: readonly Export[] = [
  [
    "in Hugging Face's cache, in the layout of transformers.js",
    (name) => copyToCache(name, onnx.transformers),
  ],
  [
    "in Hugging Face's cache, in the layout of onnxruntime-genai",
    async (name) =>
      copyToCache(
        name,
        await writeExport({
          name: `${name}-plain`,
          graphs: { 'model.onnx': namedDimensionsGraph },
          changeConfig: (config) => config,
        }),
      ),
  ],
]

describe.each<[size: ModelSize, exports: readonly Export[]]>([
  ['tiny', [...kinds, ...layouts]],
  ['large', isLongRun ? kinds : kinds.filter((_kind, index) => index % 2 === 0)],
])('a %s model answers as always', (size, exports) => {
  it.each(exports)('%s', async (kind, write) => {
    const path = await write(`${size} ${kind.replaceAll(/\W+/g, '-')}`)
    expect(await converse(path, size)).toEqual(['42', '7'])
  })
})

it('looks back no further than the window that the config of onnxruntime-genai names', async () => {
  const open = async (name: string, layers: readonly number[], size: number) => {
    const graphs = { 'model.onnx': namedDimensionsGraph }
    const changeConfig = withWindow(window(layers, size))
    return (await converse(await writeExport({ name, graphs, changeConfig })))[0]
  }
  expect(await open('wide window', [], 1_024)).toBe('42')
  expect(await open('window of others', [99], 2)).toBe('42')
  expect(await open('narrow window', [], 2)).not.toBe('42')
})

it('a model in a snapshot has the name of its repository', async () => {
  const path = await copyToCache('named', onnx.transformers)
  const model = await openAs('large', { model: path, device: 'cpu', format: 'nemotron' })
  expect(model.info.model).toBe('nano-tiny')
  await model.close()
})

describe('a model that cannot run is refused by the name of its architecture', () => {
  const name = (architecture: string) => (config: { readonly model: object }) => ({
    ...config,
    model: { ...config.model, type: architecture },
  })
  it('where it has other inputs', async () => {
    const graph = tinyGraph()
    const inputs = [
      ...graph.inputs,
      { name: 'encoder_hidden_states', type: 'float32', dimensions: ['batch', 'length', 64] },
    ] as const
    const path = await writeExport({
      name: 'encoder and decoder',
      graphs: { 'model.onnx': { ...graph, inputs } },
      changeConfig: name('whisper'),
    })
    expect(await openError({ model: path })).toMatchObject({
      code: 'unsupported',
      message: expect.stringMatching(/\(whisper\) has unknown inputs: encoder_hidden_states/),
    })
  })
  it('where it has an operator that the runtime does not know', async () => {
    const path = await writeExport({
      name: 'unknown operator',
      graphs: { 'model.onnx': withAttentions(tinyGraph(), () => ({ operator: 'NewAttention' })) },
      changeConfig: name('newest'),
    })
    expect(await openError({ model: path })).toMatchObject({
      code: 'unsupported',
      message: expect.stringMatching(/model\.onnx \(newest\) has operators.*NewAttention/),
    })
  })
  it('where it is a pipeline', async () => {
    const path = await writeExport({
      name: 'pipeline',
      graphs: { 'model.onnx': tinyGraph() },
      changeConfig: ({ model }) => ({ model: { ...model, type: 'phi3v', decoder: {} } }),
    })
    expect(await openError({ model: path })).toMatchObject({
      code: 'unsupported',
      message: expect.stringMatching(/\(phi3v\) names no file for its decoder/),
    })
  })
})
