import { mkdtempSync, rmSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import type { GgufContents, GgufValue } from '@nano/forge'
import { afterAll, describe, expect, it } from 'vitest'
import { openLlamaCpp } from '../../src/index.ts'
import { smallModel, writeModel } from './small-models.ts'

const folder = mkdtempSync(join(tmpdir(), 'nano-'))
afterAll(() => rmSync(folder, { recursive: true }))

const uint16 = (value: number): GgufValue => ({ type: 'uint16', value })

/** Writes a model in three parts, as llama.cpp splits one. */
async function writeParts(name: string): Promise<readonly string[]> {
  const { metadata, tensors } = smallModel()
  const thirdLength = Math.ceil(tensors.length / 3)
  const parts = [0, 1, 2].map((part): GgufContents => ({
    metadata: {
      ...(part === 0 && metadata),
      'split.no': uint16(part),
      'split.count': uint16(3),
      'split.tensors.count': { type: 'int32', value: tensors.length },
    },
    tensors: tensors.slice(part * thirdLength, (part + 1) * thirdLength),
  }))
  return Promise.all(
    parts.map((contents, part) =>
      writeModel(folder, `${name}-0000${part + 1}-of-00003.gguf`, contents),
    ),
  )
}

describe('a model that is split into three files', () => {
  it('opens from any of them, and is the same model', async () => {
    const wholePath = await writeModel(folder, 'whole.gguf', smallModel())
    const parts = await writeParts('model')
    const replies = []
    for (const path of [wholePath, ...parts]) {
      const model = await openLlamaCpp({ model: path, contextLength: 256 })
      const { text, reasoning } = await model.generate({
        messages: 'hello',
        maxTokens: 8,
        sampling: { temperature: 0 },
      })
      replies.push({ text, reasoning, parameters: model.info.parameters })
      await model.close()
    }
    for (const reply of replies) expect(reply).toEqual(replies[0])
  })
  it('names the parts that are not beside the one that was given', async () => {
    const [first = '', second = '', third = ''] = await writeParts('torn')
    rmSync(first)
    await expect(openLlamaCpp({ model: second })).rejects.toMatchObject({
      code: 'not-found',
      message: expect.stringMatching(
        new RegExp(`part 2 of a model in 3 files, and ${basename(first)} is not beside it`),
      ),
    })
    rmSync(third)
    await expect(openLlamaCpp({ model: second })).rejects.toThrow(
      `${basename(first)} and 1 more are not beside it`,
    )
  })
  it('says which part is cut short', async () => {
    const [first = '', , third = ''] = await writeParts('cut')
    truncateSync(third, 200)
    await expect(openLlamaCpp({ model: first })).rejects.toMatchObject({
      code: 'bad-model',
      message: expect.stringContaining(basename(third)),
    })
  })
})
