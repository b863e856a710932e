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
import { smallLora, smallModel, writeModel } from './small-models.ts'

const folder = temporaryFolder()
const greedy = { temperature: 0 } as const
const messages: readonly Message[] = [{ role: 'user', content: 'What is 12 + 30? '.repeat(20) }]

it('a saved conversation continues in another model with the same reply', async () => {
  const path = join(folder, 'conversation')
  const firstModel = await openLlamaCpp({ model: 'tiny', parallel: 2 })
  const firstReply = await firstModel.generate({ messages, sampling: greedy })
  const history: Message[] = [...messages, firstReply.message]
  const savedState = await saveState(firstModel, { conversation: { messages: history }, path })
  expect(savedState.bytes).toBe(statSync(path).size)
  const nextMessages = [...history, { role: 'user' as const, content: 'And 3 + 4?' }]
  const expected = await firstModel.generate({
    messages: nextMessages,
    sampling: greedy,
    reasoning: 'on',
  })
  await firstModel.close()

  const secondModel = await openLlamaCpp({ model: 'tiny', parallel: 2 })
  await secondModel.generate({ messages: 'something else' })
  expect(await loadState(secondModel, { path })).toEqual(savedState)
  const reply = await secondModel.generate({ messages: nextMessages, sampling: greedy })
  expect(reply.usage.cachedInput).toBeGreaterThan((firstReply.usage.input ?? 0) - 8)
  expect(
    (await secondModel.generate({ messages: nextMessages, sampling: greedy, reasoning: 'on' }))
      .text,
  ).toBe(expected.text)
  await secondModel.close()
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
  const stateFolder = mkdtempSync(join(folder, 'older-'))
  const path = join(stateFolder, 'state')
  const model = await openLlamaCpp({ model: await writeModel(folder, 'long.gguf', smallModel()) })
  await saveState(model, { conversation: 'hi', path })
  const olderState = readFileSync(path)
  for (const delay of ['when it writes', 0, 5, 20, 60, 120]) {
    const abort = new AbortController()
    const reason = { delay }
    const watcher = watch(stateFolder, () => typeof delay === 'string' && abort.abort(reason))
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
    expect(readFileSync(path).equals(olderState), String(delay)).toBe(end !== 'saved')
    expect(readdirSync(stateFolder)).toEqual(['state'])
    await loadState(model, { path })
    writeFileSync(path, olderState)
  }
  await model.close()
})

it('a state read with a LoRA adapter is loaded with that adapter, and no other', async () => {
  const path = join(folder, 'adapted')
  const model = await writeModel(folder, 'base.gguf', smallModel())
  const loras = { one: await writeModel(folder, 'one.gguf', smallLora(1)) }
  const conversation = { messages, lora: 'one' } as const
  const firstModel = await openLlamaCpp({ model, loras })
  const { tokens } = await saveState(firstModel, { conversation, path })
  const expected = await firstModel.generate({ ...conversation, sampling: greedy, maxTokens: 8 })
  expect(expected.usage.cachedInput).toBe(tokens - 1)
  await expect(
    saveState(firstModel, { conversation: { messages, lora: 'two' }, path }),
  ).rejects.toMatchObject({ code: 'unsupported' })
  await firstModel.close()

  const secondModel = await openLlamaCpp({ model, loras })
  await loadState(secondModel, { path })
  expect(
    (await secondModel.generate({ messages, sampling: greedy, maxTokens: 8 })).usage.cachedInput,
  ).toBe(0)
  const reply = await secondModel.generate({ ...conversation, sampling: greedy, maxTokens: 8 })
  expect([reply.text, reply.usage.cachedInput]).toEqual([expected.text, tokens - 1])
  await secondModel.close()

  for (const [options, what] of [
    [{}, /adapter one.*not opened with/],
    [{ one: { path: loras.one, scale: 0.5 } }, /lora is .*"scale":1}.*"scale":0.5}/],
  ] as const) {
    const thirdModel = await openLlamaCpp({ model, loras: options })
    await expect(loadState(thirdModel, { path })).rejects.toThrow(what)
    await thirdModel.close()
  }
})

it('closing the model ends saving and loading, running or waiting, with closed', async () => {
  const path = join(folder, 'closing')
  const model = await openLlamaCpp({
    model: await writeModel(
      folder,
      'slow.gguf',
      transformer({
        shape: { ...shapes.small, layers: 8, contextLength: 8_192 },
        quantization: 'F16',
        vocabulary: madeUpVocabulary(shapes.small.vocabularySize),
        name: 'Llama 3.1 Nemotron Nano 4B v1.1, slow',
      }),
    ),
    contextLength: 8_192,
  })
  await saveState(model, { conversation: 'hi', path })
  const longConversation = {
    conversation: 'All work and no play. '.repeat(300),
    path: join(folder, 'closing-2'),
  }
  const saving = [1, 2].map(() =>
    saveState(model, longConversation).catch((error: unknown) => error),
  )
  const loading = loadState(model, { path }).catch((error: unknown) => error)
  await new Promise((resolve) => setTimeout(resolve, 60))
  await model.close()
  for (const end of await Promise.all([...saving, loading]))
    expect(end).toMatchObject({ code: 'closed' })
  await expect(saveState(model, { conversation: 'hi', path })).rejects.toMatchObject({
    code: 'closed',
  })
  await expect(loadState(model, { path })).rejects.toMatchObject({ code: 'closed' })
  expect(existsSync(longConversation.path)).toBe(false)
})
