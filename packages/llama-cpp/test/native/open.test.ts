import {
  copyFileSync,
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
import { gguf } from '@nano/tiny'
import { afterAll, describe, expect, it } from 'vitest'
import { isLongRun } from '../../../../test/shared/long-run.ts'
import { type LlamaCppOptions, openLlamaCpp } from '../../src/index.ts'

const folder = mkdtempSync(join(tmpdir(), 'nano-'))
afterAll(() => rmSync(folder, { recursive: true }))

async function failure(options: LlamaCppOptions): Promise<NanoError> {
  const error: unknown = await openLlamaCpp(options).then(
    (model) => model.close(),
    (error: unknown) => error,
  )
  if (!NanoError.is(error)) throw new Error(`expected a NanoError, got ${String(error)}`)
  return error
}

describe('a model that cannot be opened', () => {
  it.each<[what: string, makeFile: () => string, code: string, message: RegExp]>([
    ['no file', () => join(folder, 'nowhere.gguf'), 'not-found', /nowhere\.gguf.*'tiny'/],
    ['a folder', () => folder, 'bad-model', /folder/],
    ['an empty file', () => writeFile('empty.gguf', ''), 'bad-model', /not a GGUF file/],
    [
      'another kind of file',
      () => writeFile('other.gguf', 'PK\u0003\u0004 zipped'),
      'bad-model',
      /not a GGUF file: it begins with "PK/,
    ],
    [
      'an architecture nobody knows',
      () => unknownArchitecture(),
      'bad-model',
      /does not know the model's architecture/,
    ],
  ])('because it is %s, says so with advice', async (_what, makeFile, code, message) => {
    const error = await failure({ model: makeFile() })
    expect(error.code).toBe(code)
    expect(error.message).toMatch(message)
  })

  it('because it is cut short, is bad-model wherever the cut is', async () => {
    const wholeLength = readFileSync(gguf.Q8_0).length
    for (const share of [0.00001, 0.001, 0.005, 0.01, 0.019, 0.02, 0.1, 0.5, 0.9, 0.999]) {
      const cutPath = join(folder, `cut-${share}.gguf`)
      copyFileSync(gguf.Q8_0, cutPath)
      truncateSync(cutPath, Math.max(5, Math.floor(wholeLength * share)))
      expect(await failure({ model: cutPath }), `${share} of the file`).toMatchObject({
        code: 'bad-model',
      })
    }
    // And the process goes on.
    await (await openLlamaCpp({ model: 'tiny' })).close()
  })

  it('because the device is not there, says what to do', async () => {
    const absent = process.platform === 'darwin' ? 'cuda' : 'metal'
    const error = await failure({ model: 'tiny', device: absent })
    expect(error.code).toBe('unavailable')
    expect(error.message).toContain("device: 'auto'")
  })

  it.each<[what: string, options: object, message: RegExp]>([
    ['an unknown option', { model: 'tiny', contextSize: 9 }, /contextSize/],
    [
      'a context longer than it was trained on',
      { model: 'tiny', contextLength: 1_000_000 },
      /1000000.*2048/,
    ],
    ['a format that does not exist', { model: 'tiny', format: 'toString' }, /toString.*nemotron/],
    ['no model', {}, /model/],
    [
      'a device that only another runtime has',
      { model: 'tiny', device: 'webgpu' },
      /"auto"\|"cpu"\|"cuda"\|"vulkan"\|"metal"\n.*at device/,
    ],
    [
      'more threads than the machine could run',
      { model: 'tiny', threads: 1_000 },
      /at most \d+, two for each core.*Leave it out/s,
    ],
    [
      'exact attention with a KV cache that is not',
      { model: 'tiny', exact: true, kvCache: 'q8_0' },
      /expected 'f32': exact.*\n.*at kvCache/,
    ],
    [
      'exact attention that is flash attention',
      { model: 'tiny', exact: true, flashAttention: true },
      /expected false: exact.*\n.*at flashAttention/,
    ],
  ])('because of %s, says so', async (_what, options, message) => {
    const error = await failure(options as LlamaCppOptions)
    expect(error.code).toBe('invalid-request')
    expect(error.message).toMatch(message)
  })

  it('because its vocabulary lacks what the format writes, says which token', async () => {
    const model = await openLlamaCpp({ model: 'tiny', format: formats.chatml })
    await expect(model.generate('hi')).rejects.toThrow(/<\|im_start\|>.*chatml/)
    await model.close()
  })

  it('because loading was aborted, rejects with the reason', async () => {
    const reason = new Error('changed my mind')
    await expect(openLlamaCpp({ model: 'tiny', signal: AbortSignal.abort(reason) })).rejects.toBe(
      reason,
    )
    const abort = new AbortController()
    await expect(
      openLlamaCpp({ model: gguf.F16, signal: abort.signal, onLoad: () => abort.abort(reason) }),
    ).rejects.toBe(reason)
  })
})

describe('what onLoad throws', () => {
  it('ends the loading, and is thrown as it is; the next opening is whole', async () => {
    for (const from of [0, 1]) {
      const error = new RangeError('not listening')
      const onLoad = (loaded: number) => {
        if (loaded >= from) throw error
      }
      await expect(openLlamaCpp({ model: gguf.F16, onLoad })).rejects.toBe(error)
    }
    await (await openLlamaCpp({ model: gguf.F16 })).close()
  })
})

/**
 * The embedded model with another chat template, of the same length: offsets in the file stay true.
 */
function withTemplate(name: string, template: string): string {
  const bytes = readFileSync(gguf.Q8_0)
  const key = bytes.indexOf('tokenizer.chat_template') + 'tokenizer.chat_template'.length
  const length = Number(bytes.readBigUInt64LE(key + 4))
  if (template.length > length) throw new Error(`a template of at most ${length} characters fits`)
  bytes.write(template.padEnd(length), key + 12, 'utf8')
  return writeFile(name, bytes)
}

describe('a chat template', () => {
  const turns =
    '{% for message in messages %}<|start_header_id|>{{ message.role }}<|end_header_id|>' +
    '{{ message.content }}<|eot_id|>{% endfor %}'

  it('that we have no format for is used as it is, with what users say kept apart', async () => {
    const template =
      `{{ bos_token }}${turns}{% if add_generation_prompt %}<|start_header_id|>assistant` +
      '<|end_header_id|>{% endif %}{# house style, think hard #}'
    const model = await openLlamaCpp({ model: withTemplate('template.gguf', template) })
    expect(model.info.format).toBe('template of nano-tiny')
    const { text, tokens } = await model.render('<|eot_id|>')
    expect(text.trimEnd()).toBe(
      '<|begin_of_text|><|start_header_id|>user<|end_header_id|><|eot_id|><|eot_id|>' +
        '<|start_header_id|>assistant<|end_header_id|>',
    )
    const [eot] = (await model.render('a')).tokens.filter((token) => token === 633)
    expect(tokens.filter((token) => token === eot)).toHaveLength(1)
    await model.generate({ messages: 'hi', maxTokens: 4 })
    await model.close()
  })
  it('of a family we have is known by it', async () => {
    const model = await openLlamaCpp({ model: withTemplate('llama3.gguf', turns) })
    expect(model.info.format).toBe('llama-3')
    await model.close()
  })
  it('that cannot be read is unsupported, and says so', async () => {
    expect(
      await failure({ model: withTemplate('broken.gguf', '{% for think in %}') }),
    ).toMatchObject({ code: expect.stringMatching(/unsupported|bad-model/) })
  })
})

describe('an open model', () => {
  it('says what is loaded, and where', async () => {
    const model = await openLlamaCpp({ model: gguf.F16, contextLength: 512 })
    expect(model.name).toBe('llama-cpp(nano-tiny)')
    expect(model.info).toMatchObject({
      model: 'nano-tiny',
      contextLength: 512,
      device: 'cpu',
      format: 'nemotron',
      quantization: 'F16',
    })
    expect(model.info.parameters).toBeGreaterThan(500_000)
    await model.close()
  })

  it('reports its loading', async () => {
    const progress: number[] = []
    await (await openLlamaCpp({ model: 'tiny', onLoad: (loaded) => progress.push(loaded) })).close()
    expect(progress.at(-1)).toBe(1)
  })

  const rounds = isLongRun ? 500 : 15
  it(`gives its memory back after each of ${rounds} opens and closes`, async () => {
    const openAndClose = async () => {
      const cache = { contextLength: 2_048, parallel: 8, kvCache: 'f32' } as const
      const model = await openLlamaCpp({ model: gguf.F16, ...cache })
      await model.generate({ messages: 'What is 1 + 2?', maxTokens: 4 })
      await model.close()
    }
    for (let round = 0; round < 5; round++) await openAndClose()
    const memoryBefore = process.memoryUsage.rss()
    for (let round = 0; round < rounds; round++) await openAndClose()
    // The KV caches alone are 480 MiB: fifteen times 8 sequences of 2,048 tokens, 4 layers, 2 heads
    // of 32, keys and values, 4 bytes.
    expect((process.memoryUsage.rss() - memoryBefore) / 2 ** 20).toBeLessThan(240)
  })

  it('closes while a reply is being made, and while one waits', async () => {
    const model = await openLlamaCpp({ model: 'tiny' })
    const replies = [1, 2, 3].map(() =>
      model
        .generate({ messages: 'Sort ascending: 5, 4, 3, 2, 1.', reasoning: 'on' })
        .catch((error: unknown) => error),
    )
    await new Promise((resolve) => setTimeout(resolve, 5))
    await model.close()
    for (const error of await Promise.all(replies))
      expect(NanoError.is(error) && error.code).toBe('closed')
  })
})

function writeFile(name: string, content: string | Buffer): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

function unknownArchitecture(): string {
  const bytes = readFileSync(gguf.Q8_0)
  // The header names it as the value of general.architecture and as the prefix of its keys.
  const header = Buffer.from(
    bytes.subarray(0, 20_000).toString('latin1').replaceAll('llama', 'lllma'),
    'latin1',
  )
  return writeFile('unknown.gguf', Buffer.concat([header, bytes.subarray(20_000)]))
}
