import { createHash } from 'node:crypto'
import {
  copyFileSync,
  existsSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import type { Message } from '@nano/core'
import { gguf } from '@nano/tiny'
import { expect, it } from 'vitest'
import { temporaryFolder } from '../../../../test/shared/temporary-folder.ts'
import {
  loadState,
  openLlamaCpp,
  saveState,
  type LoadStateOptions,
  type SaveStateOptions,
} from '../../src/index.ts'

const folder = temporaryFolder()
const greedy = { temperature: 0 } as const
const messages: readonly Message[] = [{ role: 'user', content: 'What is 12 + 30? '.repeat(20) }]

it('a file that is not a saved state, or is no longer whole, is refused', async () => {
  const model = await openLlamaCpp({ model: 'tiny' })
  const wholePath = join(folder, 'whole')
  await saveState(model, { conversation: { messages }, path: wholePath })
  const cutPath = join(folder, 'cut')
  for (const share of [0, 0.01, 0.5, 0.99, 0.9999]) {
    copyFileSync(wholePath, cutPath)
    truncateSync(cutPath, Math.floor(statSync(wholePath).size * share))
    await expect(loadState(model, { path: cutPath }), `${share} of the file`).rejects.toMatchObject(
      {
        code: 'bad-model',
      },
    )
  }
  writeFileSync(cutPath, readFileSync(wholePath).subarray(100))
  await expect(loadState(model, { path: cutPath })).rejects.toMatchObject({ code: 'bad-model' })
  await expect(loadState(model, { path: join(folder, 'nowhere') })).rejects.toMatchObject({
    code: 'not-found',
  })
  await expect(loadState(model, { path: folder })).rejects.toMatchObject({ code: 'bad-model' })
  await model.generate({ messages: 'hi', maxTokens: 2 })
  await model.close()
})

it('a state of a model that was opened otherwise is refused with what differs', async () => {
  const model = await openLlamaCpp({ model: 'tiny' })
  const path = join(folder, 'own')
  await saveState(model, { conversation: { messages }, path })
  await model.close()
  for (const [options, what] of [
    [{ model: gguf.F16 }, /size is/],
    [{ model: 'tiny', kvCache: 'f32' }, /kvCache is f16, and here it is f32/],
    [{ model: 'tiny', parallel: 2 }, /parallel is 1/],
  ] as const) {
    const otherModel = await openLlamaCpp(options)
    await expect(loadState(otherModel, { path })).rejects.toThrow(what)
    await otherModel.close()
  }
})

it('a state longer than the context is refused with both numbers', async () => {
  const model = await openLlamaCpp({ model: 'tiny' })
  const path = join(folder, 'long')
  const { tokens } = await saveState(model, { conversation: { messages }, path })
  await model.close()
  const shortModel = await openLlamaCpp({ model: 'tiny', contextLength: 64 })
  await expect(loadState(shortModel, { path })).rejects.toThrow(new RegExp(`${tokens} tokens.*64`))
  await shortModel.close()
})

it('one wrong byte anywhere is found before the runtime reads the file', async () => {
  const model = await openLlamaCpp({ model: 'tiny' })
  const path = join(folder, 'wrong')
  await saveState(model, { conversation: { messages }, path })
  const wholeFile = readFileSync(path)
  const expected = await model.generate({ messages, sampling: greedy })
  for (let at = 0; at < wholeFile.length; at += Math.ceil(wholeFile.length / 40)) {
    const flippedFile = Buffer.from(wholeFile)
    flippedFile[at] = (flippedFile[at] ?? 0) ^ 0x40
    writeFileSync(path, flippedFile)
    await expect(loadState(model, { path }), `byte ${at}`).rejects.toMatchObject({
      code: 'bad-model',
    })
  }
  expect((await model.generate({ messages, sampling: greedy })).text).toBe(expected.text)
  await model.close()
})

it('a state that the runtime cannot load leaves nothing behind', async () => {
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
  const replyAfter = await model.generate({ messages, sampling: greedy })
  expect([replyAfter.text, replyAfter.usage.cachedInput]).toEqual([expected.text, 0])
  await model.close()
})

it('a folder, or a missing one, is refused before any work, and no file is left', async () => {
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

it('wrong options are named before any work', async () => {
  const model = await openLlamaCpp({ model: 'tiny' })
  const path = join(folder, 'unwritten')
  const wrongOptions = [
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
  for (const options of wrongOptions)
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
  for (const value of [undefined, null, {}, 'tiny'])
    await expect(saveState(value as never, { path, conversation: 'hi' })).rejects.toMatchObject({
      code: 'invalid-request',
    })
  expect(existsSync(path)).toBe(false)
  await model.close()
})

it('only a model as openLlamaCpp gave it has a state', async () => {
  const model = await openLlamaCpp({ model: 'tiny' })
  await expect(
    saveState(
      model.with((inner) => inner),
      { conversation: { messages }, path: join(folder, 'x') },
    ),
  ).rejects.toMatchObject({ code: 'invalid-request' })
  await model.close()
})
