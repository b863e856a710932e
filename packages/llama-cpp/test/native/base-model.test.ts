import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Model } from '@nano/core'
import { conformance } from '@nano/core/conformance'
import { gguf } from '@nano/tiny'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { temporaryFolder } from '../../../../test/shared/temporary-folder.ts'
import { openLlamaCpp } from '../../src/index.ts'

const folder = temporaryFolder()
const greedy = { sampling: { temperature: 0 } } as const

describe('a file without a chat template', async () => {
  const path = join(folder, 'base.gguf')
  // A key of the same length, so that offsets in the file stay true.
  const bytes = readFileSync(gguf.Q8_0)
  bytes.write('tokenizer.chat_templat_', bytes.indexOf('tokenizer.chat_template'))
  writeFileSync(path, bytes)
  await conformance(it, () => openLlamaCpp({ model: path }))

  it('has no format, and refuses a conversation with advice', async () => {
    await using model = await openLlamaCpp({ model: path })
    expect(model.info).not.toHaveProperty('format')
    await expect(model.generate('hi')).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining('generate({ prompt })') as string,
    })
  })

  it('chats in the format that the caller gives', async () => {
    await using model = await openLlamaCpp({ model: path, format: 'llama-3' })
    expect(model.info.format).toBe('llama-3')
    expect(model.capabilities).toMatchObject({ chat: true, completion: true })
    await model.generate({ messages: 'hi', maxTokens: 4 })
  })
})

const gemma = process.env['NANO_GEMMA_BASE'] ?? ''
const skipReason = existsSync(gemma) ? '' : ' [NANO_GEMMA_BASE names no file]'

describe.skipIf(skipReason)(`Gemma 3 270M, a base model${skipReason}`, () => {
  let model: Model
  beforeAll(async () => {
    model = await openLlamaCpp({ model: gemma, contextLength: 1_024 })
  }, 120_000)
  afterAll(() => model?.close())

  it('opens without a chat template', () => {
    expect(model.info).not.toHaveProperty('format')
    expect(model.capabilities).toMatchObject({ chat: false, completion: true })
  })

  it.each<[prompt: string, reply: RegExp]>([
    ['The capital of France is', /^ \S/],
    ['1, 2, 3, 4,', /^ 5, 6, 7, 8/],
    ['Berlin is the capital of Germany. Rome is the capital of', /^ Italy\b/],
    ['def add(a, b):\n', /^ {4}return a \+ b/],
  ])('completes %j, with its spaces', { timeout: 120_000 }, async (prompt, reply) => {
    const { text, usage } = await model.generate({ prompt, maxTokens: 12, ...greedy })
    expect(text).toMatch(reply)
    expect(usage.input).toBe((await model.tokenize(prompt)).length + 1)
  })

  it('reads control tokens in a prompt as text', async () => {
    const { tokens } = await model.render({ prompt: '<bos><end_of_turn>' })
    expect(tokens.slice(1)).toEqual(await model.tokenize('<bos><end_of_turn>'))
    expect(tokens.length).toBeGreaterThan(4)
  })
})
