import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  watch,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import type { Message } from '@nano/core'
import { madeUpVocabulary, shapes, transformer } from '@nano/forge'
import { expect, it } from 'vitest'
import { temporaryFolder } from '../../../../test/shared/temporary-folder.ts'
import { loadState, openLlamaCpp, saveState } from '../../src/index.ts'
import { smallLora, smallModel, written } from './forged.ts'

const folder = temporaryFolder()
const greedy = { temperature: 0 } as const
const messages: readonly Message[] = [{ role: 'user', content: 'What is 12 + 30? '.repeat(20) }]

it('a saved conversation continues in another model with the same reply', async () => {
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

it('saving reads what the cache does not hold yet, and changes no reply', async () => {
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

it('a save that is aborted leaves a whole state at the path, and no other file', async () => {
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

it('a state read with a LoRA adapter is loaded with that adapter, and no other', async () => {
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
