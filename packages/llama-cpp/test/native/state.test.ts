import { copyFileSync, existsSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Message } from '@nano/core'
import { gguf } from '@nano/tiny'
import { expect, it } from 'vitest'
import { loadState, openLlamaCpp, saveState } from '../../src/index.ts'
import { temporaryFolder } from './forged.ts'

const folder = temporaryFolder()
const greedy = { temperature: 0 } as const
const messages: readonly Message[] = [{ role: 'user', content: 'What is 12 + 30? '.repeat(20) }]

it('a conversation is taken up from a file, in another process\'s model, with its KV cache and the same reply', async () => {
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
  expect((await second.generate({ messages: next, sampling: greedy, reasoning: 'on' })).text).toBe(expected.text)
  await second.close()
})

it('saving reads what was not in the cache yet, and changes no reply', async () => {
  const model = await openLlamaCpp({ model: 'tiny' })
  const { tokens } = await saveState(model, { conversation: { messages }, path: join(folder, 'fresh') })
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
    await expect(loadState(model, { path: cut }), `${share} of the file`).rejects.toMatchObject({ code: 'bad-model' })
  }
  writeFileSync(cut, readFileSync(whole).subarray(100))
  await expect(loadState(model, { path: cut })).rejects.toMatchObject({ code: 'bad-model' })
  await expect(loadState(model, { path: join(folder, 'nowhere') })).rejects.toMatchObject({ code: 'not-found' })
  await expect(loadState(model, { path: folder })).rejects.toMatchObject({ code: 'bad-model' })
  await model.generate({ messages: 'hi', maxTokens: 2 })
  await model.close()
})

it('a state of another file, KV type or number of sequences is refused with what differs', async () => {
  const model = await openLlamaCpp({ model: 'tiny' })
  const path = join(folder, 'own')
  await saveState(model, { conversation: { messages }, path })
  await model.close()
  for (const [options, what] of [[{ model: gguf.F16 }, /size is/], [{ model: 'tiny', kvCache: 'f32' }, /kvCache is f16, and here it is f32/], [{ model: 'tiny', parallel: 2 }, /parallel is 1/]] as const) {
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

it('a folder that is not there leaves no file and says so', async () => {
  const model = await openLlamaCpp({ model: 'tiny' })
  const path = join(folder, 'no/such/folder/state')
  await expect(saveState(model, { conversation: { messages }, path })).rejects.toMatchObject({ code: 'not-found', message: expect.stringContaining('folder') })
  expect(existsSync(path)).toBe(false)
  await model.close()
})

it('only a model as it was opened has a state', async () => {
  const model = await openLlamaCpp({ model: 'tiny' })
  await expect(saveState(model.with((inner) => inner), { conversation: { messages }, path: join(folder, 'x') })).rejects.toMatchObject({ code: 'invalid-request' })
  await model.close()
})
