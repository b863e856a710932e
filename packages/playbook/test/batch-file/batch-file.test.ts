import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { batchFile } from '../../src/index.ts'
import { echo, files, testFolder, ids, line, readResults } from '../support/batch-files.ts'

it('each request of a file has a line with its reply', async () => {
  const paths = files(ids.map((id) => line(id)))
  const progress: number[] = []
  const summary = await batchFile(echo(), {
    ...paths,
    onProgress: ({ finished, total }) => progress.push(finished / total),
  })
  expect(summary).toMatchObject({ finished: 20, failed: 0, isComplete: true })
  const results = readResults(paths.output)
  expect(results.map((result) => result.custom_id).toSorted()).toEqual(ids.toSorted())
  for (const { custom_id: id, response, error } of results) {
    expect(error).toBeNull()
    expect(response).toMatchObject({
      status_code: 200,
      body: {
        object: 'chat.completion',
        model: 'scripted',
        choices: [{ message: { content: `re: ${id}`, reasoning_content: 'hm' } }],
      },
    })
  }
  expect(progress.at(-1)).toBe(1)
})

it('a body that is not valid is the error of its line alone', async () => {
  const paths = files([line('good'), line('bad', { messages: [], temprature: 1 }), line('later')])
  await batchFile(echo(), paths)
  const bad = readResults(paths.output).find((result) => result.custom_id === 'bad')
  expect(bad).toMatchObject({ response: null, error: { code: 'invalid-request' } })
  expect(bad?.error?.message).toContain('temprature')
  expect(readResults(paths.output)).toHaveLength(3)
})

it('a batch that was left goes on where it was, and nothing is there twice', async () => {
  const paths = files(ids.map((id) => line(id)))
  const controller = new AbortController()
  const model = echo()
  await expect(
    batchFile(model, {
      ...paths,
      signal: controller.signal,
      onProgress: ({ finished }) => finished === 7 && controller.abort(new Error('enough')),
    }),
  ).rejects.toThrow('enough')
  expect(readResults(paths.output)).toHaveLength(7)
  // A crash while a line is written leaves a part of it.
  writeFileSync(paths.output, '{"custom_id": "half', { flag: 'a' })
  const summary = await batchFile(model, paths)
  expect(summary).toMatchObject({ finished: 13, isComplete: true })
  const results = readResults(paths.output)
  expect(results.map((result) => result.custom_id).toSorted()).toEqual(ids.toSorted())
  expect(await batchFile(model, paths)).toMatchObject({ finished: 0, isComplete: true })
})

it.each([
  ['an id that is there twice', [line('a'), line('b'), line('a')], /"a".*line 3.*line 1/],
  ['a line that is no JSON', [line('a'), '{'], /line 2 .*is no JSON/],
  ['a line without an id', [JSON.stringify({ method: 'POST' })], /line 1 .*\n.*custom_id/s],
  ['another endpoint', [line('a').replace('chat/completions', 'embeddings')], /url/],
])('%s is refused before any work', async (_name, lines, message) => {
  const paths = files(lines)
  await expect(batchFile(echo(), paths)).rejects.toMatchObject({
    code: 'invalid-request',
    message: expect.stringMatching(message),
  })
  expect(() => readFileSync(paths.output)).toThrow('ENOENT')
})

it('a file that is not there is named', async () => {
  await expect(
    batchFile(echo(), {
      input: join(testFolder(), 'none.jsonl'),
      output: join(testFolder(), 'none'),
    }),
  ).rejects.toMatchObject({ code: 'not-found', message: expect.stringContaining('none.jsonl') })
})

it('other requests, a file of something else and lost results are refused', async () => {
  const paths = files([line('a'), line('b')])
  await batchFile(echo(), paths)
  writeFileSync(paths.input, `${line('b')}\n${line('a')}\n`)
  await expect(batchFile(echo(), paths)).rejects.toThrow('begin anew')
  writeFileSync(paths.input, `${line('a')}\n${line('b')}\n`)
  writeFileSync(paths.output, '')
  await expect(batchFile(echo(), paths)).rejects.toThrow('has lost results')
  const others = files([line('a')])
  writeFileSync(others.output, 'my notes')
  await expect(batchFile(echo(), others)).rejects.toThrow('no journal knows of')
  expect(readFileSync(others.output, 'utf8')).toBe('my notes')
})

it('one batch is run by one process at a time', async () => {
  const paths = files([line('a')])
  const model = echo()
  const runs = await Promise.allSettled([batchFile(model, paths), batchFile(model, paths)])
  expect(runs.map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
  expect(runs[1]).toMatchObject({ reason: { code: 'unavailable' } })
})
