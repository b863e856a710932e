import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { formats } from '@nano/chat'
import { NanoError } from '@nano/core'
import { writeOnnx } from '@nano/forge'
import { gguf, onnx } from '@nano/tiny'
import { afterAll, describe, expect, it } from 'vitest'
import { type OnnxOptions, openOnnx } from '../../../src/index.ts'

const folder = mkdtempSync(join(tmpdir(), 'nano-onnx-'))
afterAll(() => rmSync(folder, { recursive: true }))

async function failure(options: OnnxOptions): Promise<NanoError> {
  const error: unknown = await openOnnx(options).then(
    (model) => model.close(),
    (error: unknown) => error,
  )
  if (!NanoError.is(error)) throw new Error(`expected a NanoError, got ${String(error)}`)
  return error
}

/** A copy of the embedded model's folder, to break. */
function copied(name: string): string {
  const path = join(folder, name)
  cpSync(onnx.transformers, path, { recursive: true })
  return path
}

function without(name: string, file: string): string {
  const path = copied(name)
  rmSync(join(path, file))
  return path
}

function changed(name: string, file: string, change: (text: string) => string): string {
  const path = copied(name)
  writeFileSync(join(path, file), change(readFileSync(join(path, file), 'utf8')))
  return path
}

/**
 * The opset that the file asks for, as protobuf has it: field 8 of the model, a message with field
 * 2, a number.
 */
function ofOpset(opset: number): string {
  const path = copied(`opset-${opset}`)
  const file = join(path, 'onnx/model.onnx')
  const bytes = readFileSync(file)
  const at =
    [...bytes.keys()].find(
      (at) =>
        bytes[at] === 0x42 &&
        bytes[at + 1] === 4 &&
        bytes[at + 2] === 0x0a &&
        bytes[at + 3] === 0 &&
        bytes[at + 4] === 0x10,
    ) ?? expect.fail('the file has no opset')
  bytes[at + 5] = opset
  writeFileSync(file, bytes)
  return path
}

async function notALanguageModel(): Promise<string> {
  const path = copied('not-a-language-model')
  const vector = { type: 'float32', dimensions: [1, 4] } as const
  await writeOnnx({
    path: join(path, 'onnx/model.onnx'),
    name: 'labels',
    inputs: [{ name: 'pixels', ...vector }],
    outputs: [{ name: 'labels', ...vector }],
    nodes: [{ operator: 'Add', inputs: ['pixels', 'pixels'], outputs: ['labels'] }],
    tensors: [],
  })
  return path
}

describe('a model that cannot be opened', () => {
  it.each<[what: string, make: () => string | Promise<string>, code: string, message: RegExp]>([
    ['no folder', () => join(folder, 'nowhere'), 'not-found', /nowhere.*'tiny'/],
    ['an empty folder', () => made('empty'), 'bad-model', /no \.onnx file/],
    [
      'a GGUF file',
      () => gguf.F16,
      'bad-model',
      /neither a folder nor an \.onnx file.*@nano\/llama-cpp/,
    ],
    [
      'a folder without a tokenizer',
      () => without('untokenized', 'tokenizer.json'),
      'bad-model',
      /no tokenizer\.json/,
    ],
    [
      'a tokenizer that was cut',
      () => changed('cut-tokenizer', 'tokenizer.json', (text) => text.slice(0, 5_000)),
      'bad-model',
      /tokenizer\.json.*cut short/s,
    ],
    [
      'a tokenizer that is none',
      () => changed('no-tokenizer', 'tokenizer.json', () => '{"version": "1.0"}'),
      'bad-model',
      /tokenizer\.json.*no vocabulary/,
    ],
    [
      'a tokenizer of another kind',
      () => changed('unigram', 'tokenizer.json', (text) => text.replace('"BPE"', '"Unigram"')),
      'unsupported',
      /"Unigram"/,
    ],
    [
      'a vocabulary of another model',
      () =>
        changed('other-vocabulary', 'tokenizer.json', (text) =>
          text.replace(
            '"added_tokens":[',
            '"added_tokens":[{"id":4000,"content":"<|more|>","special":true},',
          ),
        ),
      'bad-model',
      /640.*4001.*of two models/,
    ],
    [
      'no chat template, and no name that we know',
      () =>
        changed('untemplated', 'tokenizer_config.json', (text) =>
          JSON.stringify({ ...JSON.parse(text), chat_template: undefined }),
        ),
      'unsupported',
      /without a chat template.*nemotron/,
    ],
    [
      'no language model',
      notALanguageModel,
      'bad-model',
      /not a language model: it has pixels in and labels out/,
    ],
    [
      'weights that are missing',
      () => without('no-weights', 'onnx/model.onnx_data'),
      'bad-model',
      /keeps its weights in a file beside it/,
    ],
    [
      'an opset that the runtime does not know',
      () => ofOpset(99),
      'unsupported',
      /version of ONNX.*newer/,
    ],
  ])('because it is or has %s, says so with advice', async (_what, make, code, message) => {
    const error = await failure({ model: await make() })
    expect(error.message).toMatch(message)
    expect(error.code).toBe(code)
  })

  it.each(['onnx/model.onnx', 'onnx/model.onnx_data'])(
    'because %s is cut short, is bad-model wherever the cut is, and other models go on',
    async (file) => {
      const other = await openOnnx({ model: 'tiny' })
      const whole = readFileSync(join(onnx.transformers, file)).length
      const path = copied(`cut-${file.replaceAll('/', '-')}`)
      for (const share of [0, 0.0001, 0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99, 0.9999]) {
        copyFileSync(join(onnx.transformers, file), join(path, file))
        truncateSync(join(path, file), Math.floor(whole * share))
        expect(await failure({ model: path }), `${share} of the file`).toMatchObject({
          code: 'bad-model',
        })
      }
      expect(
        await other.generate({
          messages: 'What is 12 + 30?',
          reasoning: 'on',
          sampling: { temperature: 0 },
        }),
      ).toMatchObject({ text: '42' })
      await other.close()
    },
  )

  it.each<[what: string, options: object, code: string, message: RegExp]>([
    [
      'more threads than the machine can use',
      { model: 'tiny', threads: 100_000 },
      'invalid-request',
      /two for each core/,
    ],
    ['an unknown option', { model: 'tiny', contextSize: 9 }, 'invalid-request', /contextSize/],
    [
      'a context longer than it was trained on',
      { model: 'tiny', contextLength: 1_000_000 },
      'invalid-request',
      /1000000.*2048/,
    ],
    [
      'a format that does not exist',
      { model: 'tiny', format: 'toString' },
      'invalid-request',
      /toString.*nemotron/,
    ],
    ['no model', {}, 'invalid-request', /model/],
    [
      'a quantisation that is not there',
      { model: 'tiny', quantisation: 'q8' },
      'not-found',
      /"q8"; there are fp32, q4/,
    ],
  ])('because of %s, says so', async (_what, options, code, message) => {
    const error = await failure(options as OnnxOptions)
    expect(error.code).toBe(code)
    expect(error.message).toMatch(message)
  })

  // Its provider is fetched from outside the registry when the runtime is installed.
  const cuda = existsSync(
    new URL(
      `../../../node_modules/onnxruntime-node/bin/napi-v6/${process.platform}/${process.arch}/libonnxruntime_providers_cuda.so`,
      import.meta.url,
    ),
  )
  it.skipIf(cuda)(
    `because CUDA is not there, says what to install${cuda ? ' [CUDA is there]' : ''}`,
    async () => {
      const error = await failure({ model: 'tiny', device: 'cuda' })
      expect(error.code).toBe('unavailable')
      expect(error.message).toMatch(/cuda cannot be used here.*onnxruntime-node/)
    },
  )

  it('because its vocabulary lacks what the format writes, says which token', async () => {
    const model = await openOnnx({ model: 'tiny', format: formats.chatml })
    await expect(model.generate('hi')).rejects.toThrow(/<\|im_start\|>/)
    await model.close()
  })

  it('because loading was aborted, rejects with the reason', async () => {
    const reason = new Error('changed my mind')
    await expect(openOnnx({ model: 'tiny', signal: AbortSignal.abort(reason) })).rejects.toBe(
      reason,
    )
    // While the folder is read, and while the session is made.
    for (const delay of [0, 60]) {
      const abort = new AbortController()
      setTimeout(() => abort.abort(reason), delay)
      await expect(
        openOnnx({ model: 'tiny', signal: abort.signal }),
        `after ${delay} ms`,
      ).rejects.toBe(reason)
    }
  })
})

describe('a folder', () => {
  it.each<[what: string, options: OnnxOptions, info: object]>([
    ['of transformers.js', { model: onnx.transformers }, { quantization: 'fp32' }],
    [
      'with several quantisations, of which one is chosen',
      { model: onnx.transformers, quantisation: 'q4' },
      { quantization: 'q4' },
    ],
    [
      'of which one file is named',
      { model: join(onnx.transformers, 'onnx/model_q4.onnx') },
      { quantization: 'q4' },
    ],
    [
      'named by where its files are',
      { model: join(onnx.transformers, 'onnx') },
      { quantization: 'fp32' },
    ],
    ['of onnxruntime-genai', { model: onnx.genai }, {}],
    ['of onnxruntime-genai in 4 bits', { model: onnx.genaiInt4 }, {}],
  ])('%s opens, and answers', async (_what, options, info) => {
    const model = await openOnnx(options)
    expect(model.info).toMatchObject({
      ...info,
      device: 'cpu',
      format: 'nemotron',
      contextLength: 2_048,
    })
    expect(
      await model.generate({
        messages: 'What is 27 * 43?',
        reasoning: 'on',
        sampling: { temperature: 0 },
      }),
    ).toMatchObject({ text: '1161', finishReason: 'stop' })
    await model.close()
  })

  it('whose configs forget how a turn ends still ends its turns', async () => {
    const path = copied('forgetful')
    for (const file of ['config.json', 'generation_config.json'])
      writeFileSync(
        join(path, file),
        readFileSync(join(path, file), 'utf8').replaceAll(
          /"eos_token_id": \d+/g,
          '"eos_token_id": 625',
        ),
      )
    const model = await openOnnx({ model: path })
    expect(
      await model.generate({
        messages: 'What is 12 + 30?',
        reasoning: 'on',
        sampling: { temperature: 0 },
      }),
    ).toMatchObject({ text: '42', finishReason: 'stop' })
    await model.close()
  })
})

function made(name: string): string {
  mkdirSync(join(folder, name))
  return join(folder, name)
}
