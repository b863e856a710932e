import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { readRequestLines, writeResultLine } from '../../src/batch-file/batch-lines.ts'
import { testFolder, line } from '../support/batch-files.ts'

async function readIds(content: string | Buffer): Promise<readonly string[]> {
  const path = join(testFolder(), 'lines.jsonl')
  writeFileSync(path, content)
  const ids: string[] = []
  for await (const { id, number } of readRequestLines(path)) ids.push(`${number} ${id}`)
  return ids
}

it('a line ends at a line feed alone, and may have a carriage return', async () => {
  const separators = line('a\u2028b\u2029c')
  expect(separators).toContain('\u2028')
  expect(await readIds(`\uFEFF${separators}\r\n\r\n${line('d')}`)).toEqual([
    '1 a\u2028b\u2029c',
    '3 d',
  ])
  expect(await readIds('')).toEqual([])
})

it('a character stays whole where a chunk of the file ends in it', async () => {
  const ids = Array.from({ length: 5 }, (_, index) => `${'é語🙂'.repeat(5_000 + index)}`)
  expect(await readIds(ids.map((id) => `${line(id)}\n`).join(''))).toEqual(
    ids.map((id, index) => `${index + 1} ${id}`),
  )
})

it('a line that is not UTF-8 is named', async () => {
  const latin = Buffer.from(`${line('é')}\n`, 'latin1')
  const content = Buffer.concat([Buffer.from(`${line('a')}\n`), latin])
  await expect(readIds(content)).rejects.toMatchObject({
    code: 'invalid-request',
    message: expect.stringMatching(/line 2 .* is not UTF-8/),
  })
})

it('a line of results has no other character that ends a line', () => {
  const reply = {
    reasoning: '',
    text: 'a\u2028b\u2029c\n',
    toolCalls: [],
    message: { role: 'assistant', content: '' },
    finishReason: 'stop',
    usage: {},
    timings: {},
  } as const
  const text = writeResultLine({ id: 'a', attempts: 1, reply }, { model: 'tiny', created: 5 })
  expect(text).toMatch(/^[^\n\u2028\u2029]*\n$/)
  expect(JSON.parse(text)).toMatchObject({
    response: { body: { choices: [{ message: { content: reply.text } }] } },
  })
})
