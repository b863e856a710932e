import { createHash } from 'node:crypto'
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  watch,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import type { Message } from '@nano/core'
import { madeUpVocabulary, shapes, transformer } from '@nano/forge'
import { gguf } from '@nano/tiny'
import { expect, it } from 'vitest'
import { temporaryFolder } from '../../../../test/shared/temporary-folder.ts'
import {
  loadState,
  type LoadStateOptions,
  openLlamaCpp,
  saveState,
  type SaveStateOptions,
} from '../../src/index.ts'
import { smallLora, smallModel, written } from './forged.ts'

const folder = temporaryFolder()
const greedy = { temperature: 0 } as const
const messages: readonly Message[] = [{ role: 'user', content: 'What is 12 + 30? '.repeat(20) }]

it("a conversation is taken up from a file, in another process's model, with its KV cache and the same reply", async () => {
  const path = join(folder, 'conversation')
  const first = await openLlamaCpp({ model: 'tiny', parallel: 2 })
  const said = await first.generate({ messages, sampling: greedy })
  const history: Message[] = [...messages, said.message]
  const saved = await saveState(first, { conversation: { messages: history }, path })
  expect(saved.bytes).toBe(statSync(path).size)
  const next = [...history, { role: 'user' as const, content: 'And 3 + 4?' }]
  const expected = await first.generate({ messages: next, sampling: greedy, reasoning: 'on' })
  await first.close()

  const second = await openLlamaCpp({ model: 'tiny', parallel: 2 })
  await second.generate({ messages: 'something else' })
  expect(await loadState(second, { path })).toEqual(saved)
  const reply = await second.generate({ messages: next, sampling: greedy })
  expect(reply.usage.cachedInput).toBeGreaterThan((said.usage.input ?? 0) - 8)
  expect((await second.generate({ messages: next, sampling: greedy, reasoning: 'on' })).text).toBe(
    expected.text,
  )
  await second.close()
})

it('saving reads what was not in the cache yet, and changes no reply', async () => {
  const model = await openLlamaCpp({ model: 'tiny' })
  const { tokens } = await saveState(model, {
    conversation: { messages },
    path: join(folder, 'fresh'),
  })
  expect(tokens).toBe(await model.countTokens({ messages }))
  const { usage } = await model.generate({ messages, sampling: greedy })
  expect(usage.cachedInput).toBe(tokens - 1)
  await model.close()
})

it('a file that is no saved state, or no longer whole, is refused, and the model goes on', async () => {
  const model = await openLlamaCpp({ model: 'tiny' })
  const whole = join(folder, 'whole')
  await saveState(model, { conversation: { messages }, path: whole })
  const cut = join(folder, 'cut')
  for (const share of [0, 0.01, 0.5, 0.99, 0.9999]) {
    copyFileSync(whole, cut)
    truncateSync(cut, Math.floor(statSync(whole).size * share))
    await expect(loadState(model, { path: cut }), `${share} of the file`).rejects.toMatchObject({
      code: 'bad-model',
    })
  }
  writeFileSync(cut, readFileSync(whole).subarray(100))
  await expect(loadState(model, { path: cut })).rejects.toMatchObject({ code: 'bad-model' })
  await expect(loadState(model, { path: join(folder, 'nowhere') })).rejects.toMatchObject({
    code: 'not-found',
  })
  await expect(loadState(model, { path: folder })).rejects.toMatchObject({ code: 'bad-model' })
  await model.generate({ messages: 'hi', maxTokens: 2 })
  await model.close()
})

it('a state of another file, KV type or number of sequences is refused with what differs', async () => {
  const model = await openLlamaCpp({ model: 'tiny' })
  const path = join(folder, 'own')
  await saveState(model, { conversation: { messages }, path })
  await model.close()
  for (const [options, what] of [
    [{ model: gguf.F16 }, /size is/],
    [{ model: 'tiny', kvCache: 'f32' }, /kvCache is f16, and here it is f32/],
    [{ model: 'tiny', parallel: 2 }, /parallel is 1/],
  ] as const) {
    const other = await openLlamaCpp(options)
    await expect(loadState(other, { path })).rejects.toThrow(what)
    await other.close()
  }
})

it('a state longer than the context is refused with both numbers', async () => {
  const model = await openLlamaCpp({ model: 'tiny' })
  const path = join(folder, 'long')
  const { tokens } = await saveState(model, { conversation: { messages }, path })
  await model.close()
  const short = await openLlamaCpp({ model: 'tiny', contextLength: 64 })
  await expect(loadState(short, { path })).rejects.toThrow(new RegExp(`${tokens} tokens.*64`))
  await short.close()
})

it('one wrong byte anywhere is found before the runtime sees it, and replies stay as they were', async () => {
  const model = await openLlamaCpp({ model: 'tiny' })
  const path = join(folder, 'wrong')
  await saveState(model, { conversation: { messages }, path })
  const whole = readFileSync(path)
  const expected = await model.generate({ messages, sampling: greedy })
  for (let at = 0; at < whole.length; at += Math.ceil(whole.length / 40)) {
    const flipped = Buffer.from(whole)
    flipped[at] = (flipped[at] ?? 0) ^ 0x40
    writeFileSync(path, flipped)
    await expect(loadState(model, { path }), `byte ${at}`).rejects.toMatchObject({
      code: 'bad-model',
    })
  }
  expect((await model.generate({ messages, sampling: greedy })).text).toBe(expected.text)
  await model.close()
})

it('a state that the runtime cannot load leaves nothing behind it', async () => {
  const model = await openLlamaCpp({ model: 'tiny' })
  const path = join(folder, 'untaken')
  await saveState(model, { conversation: { messages }, path })
  const expected = await model.generate({ messages, sampling: greedy })
  // Signed as it should be, over the magic of another version of the runtime.
  const content = readFileSync(path).subarray(0, -44)
  content.writeUInt32LE(7, 4)
  writeFileSync(
    path,
    Buffer.concat([
      content,
      createHash('sha256').update(content).digest(),
      Buffer.from('nano-state-3'),
    ]),
  )
  await expect(loadState(model, { path })).rejects.toMatchObject({
    code: 'bad-model',
    message: expect.stringContaining('the runtime cannot load'),
  })
  const after = await model.generate({ messages, sampling: greedy })
  expect([after.text, after.usage.cachedInput]).toEqual([expected.text, 0])
  await model.close()
})

it('a folder, or one that is not there, is refused before any work, and leaves no file', async () => {
  const model = await openLlamaCpp({ model: 'tiny' })
  const path = join(folder, 'no/such/folder/state')
  await expect(saveState(model, { conversation: { messages }, path })).rejects.toMatchObject({
    code: 'not-found',
    message: expect.stringContaining('folder'),
  })
  expect(existsSync(path)).toBe(false)
  await expect(
    saveState(model, { conversation: { messages }, path: folder }),
  ).rejects.toMatchObject({
    code: 'invalid-request',
    message: expect.stringMatching(/is a folder.*file in it/),
  })
  await model.close()
})

it('a save that is aborted at any moment rejects with the reason, and what is at the path is a whole state, with nothing beside it', async () => {
  const inside = mkdtempSync(join(folder, 'older-'))
  const path = join(inside, 'state')
  const model = await openLlamaCpp({ model: await written(folder, 'long.gguf', smallModel()) })
  await saveState(model, { conversation: 'hi', path })
  const older = readFileSync(path)
  for (const delay of ['when it writes', 0, 5, 20, 60, 120]) {
    const abort = new AbortController()
    const reason = { delay }
    const watcher = watch(inside, () => typeof delay === 'string' && abort.abort(reason))
    const saving = saveState(model, {
      conversation: `${delay} All work and no play. `.repeat(40),
      path,
      signal: abort.signal,
    }).then(
      () => 'saved',
      (error: unknown) => error,
    )
    if (typeof delay === 'number') setTimeout(() => abort.abort(reason), delay)
    const end = await saving
    watcher.close()
    if (end !== 'saved') expect(end).toBe(reason)
    expect(readFileSync(path).equals(older), String(delay)).toBe(end !== 'saved')
    expect(readdirSync(inside)).toEqual(['state'])
    await loadState(model, { path })
    writeFileSync(path, older)
  }
  await model.close()
})

it('options that do not hold are named before any work', async () => {
  const model = await openLlamaCpp({ model: 'tiny' })
  const path = join(folder, 'unwritten')
  const wrong = [
    undefined,
    null,
    {},
    { path },
    { conversation: 'hi' },
    { path: 3, conversation: 'hi' },
    { path: '', conversation: 'hi' },
    { path: 'a\0b', conversation: 'hi' },
    { path, conversation: null },
    { path, conversation: { messages: 3 } },
    { path, conversation: { messages: [] } },
    { path, conversation: 'hi', signal: 3 },
    { path, conversation: 'hi', lora: 'x' },
  ]
  for (const options of wrong)
    await expect(
      saveState(model, options as SaveStateOptions),
      JSON.stringify(options),
    ).rejects.toMatchObject({ code: 'invalid-request' })
  for (const options of [
    undefined,
    {},
    { path: 3 },
    { path, signal: 3 },
    { path, conversation: 'hi' },
  ])
    await expect(
      loadState(model, options as LoadStateOptions),
      JSON.stringify(options),
    ).rejects.toMatchObject({ code: 'invalid-request' })
  for (const odd of [undefined, null, {}, 'tiny'])
    await expect(saveState(odd as never, { path, conversation: 'hi' })).rejects.toMatchObject({
      code: 'invalid-request',
    })
  expect(existsSync(path)).toBe(false)
  await model.close()
})

it('a state read with a LoRA adapter is taken up with that one, and no other', async () => {
  const path = join(folder, 'adapted')
  const model = await written(folder, 'base.gguf', smallModel())
  const loras = { one: await written(folder, 'one.gguf', smallLora(1)) }
  const conversation = { messages, lora: 'one' } as const
  const first = await openLlamaCpp({ model, loras })
  const { tokens } = await saveState(first, { conversation, path })
  const expected = await first.generate({ ...conversation, sampling: greedy, maxTokens: 8 })
  expect(expected.usage.cachedInput).toBe(tokens - 1)
  await expect(
    saveState(first, { conversation: { messages, lora: 'two' }, path }),
  ).rejects.toMatchObject({ code: 'unsupported' })
  await first.close()

  const second = await openLlamaCpp({ model, loras })
  await loadState(second, { path })
  expect(
    (await second.generate({ messages, sampling: greedy, maxTokens: 8 })).usage.cachedInput,
  ).toBe(0)
  const reply = await second.generate({ ...conversation, sampling: greedy, maxTokens: 8 })
  expect([reply.text, reply.usage.cachedInput]).toEqual([expected.text, tokens - 1])
  await second.close()

  for (const [odd, what] of [
    [{}, /adapter one.*not opened with/],
    [{ one: { path: loras.one, scale: 0.5 } }, /lora is .*"scale":1}.*"scale":0.5}/],
  ] as const) {
    const third = await openLlamaCpp({ model, loras: odd })
    await expect(loadState(third, { path })).rejects.toThrow(what)
    await third.close()
  }
})

it('closing the model ends saving and loading, running or waiting, with closed', async () => {
  const path = join(folder, 'closing')
  const model = await openLlamaCpp({
    model: await written(
      folder,
      'slow.gguf',
      transformer({
        shape: { ...shapes.small, layers: 8, contextLength: 8_192 },
        quantization: 'F16',
        vocabulary: madeUpVocabulary(shapes.small.vocabulary),
        name: 'Llama 3.1 Nemotron Nano 4B v1.1, slow',
      }),
    ),
    contextLength: 8_192,
  })
  await saveState(model, { conversation: 'hi', path })
  const long = {
    conversation: 'All work and no play. '.repeat(300),
    path: join(folder, 'closing-2'),
  }
  const saving = [1, 2].map(() => saveState(model, long).catch((error: unknown) => error))
  const loading = loadState(model, { path }).catch((error: unknown) => error)
  await new Promise((resolve) => setTimeout(resolve, 60))
  await model.close()
  for (const end of await Promise.all([...saving, loading]))
    expect(end).toMatchObject({ code: 'closed' })
  await expect(saveState(model, { conversation: 'hi', path })).rejects.toMatchObject({
    code: 'closed',
  })
  await expect(loadState(model, { path })).rejects.toMatchObject({ code: 'closed' })
  expect(existsSync(long.path)).toBe(false)
})

it('only a model as it was opened has a state', async () => {
  const model = await openLlamaCpp({ model: 'tiny' })
  await expect(
    saveState(
      model.with((inner) => inner),
      { conversation: { messages }, path: join(folder, 'x') },
    ),
  ).rejects.toMatchObject({ code: 'invalid-request' })
  await model.close()
})
