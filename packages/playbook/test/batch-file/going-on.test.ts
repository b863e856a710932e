import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout } from 'node:timers/promises'
import { NanoError } from '@nano/core'
import { describe, expect, it } from 'vitest'
import { batchFile } from '../../src/index.ts'
import {
  echo,
  files,
  testFolder,
  ids,
  line,
  readResults,
  writeLines,
} from '../support/batch-files.ts'
import { modelWith } from '../support/batches.ts'

const otherBody = { messages: [{ role: 'user', content: 'another question' }] }

describe('a batch of a file that is called again', () => {
  it('refuses results that are not its own, however often it is called', async () => {
    const paths = files([line('a')])
    writeFileSync(paths.output, 'my notes')
    for (let call = 0; call < 2; call++) {
      await expect(batchFile(echo(), paths)).rejects.toThrow('no journal knows of')
      expect(readFileSync(paths.output, 'utf8')).toBe('my notes')
    }
  })

  it('refuses other content where a run had no result yet, and drops half a line', async () => {
    const paths = files([line('a')])
    const signal = AbortSignal.abort(new Error('enough'))
    await expect(batchFile(echo(), { ...paths, signal })).rejects.toThrow('enough')
    writeFileSync(paths.output, 'my notes')
    await expect(batchFile(echo(), paths)).rejects.toThrow('no journal knows of')
    writeFileSync(paths.output, '{"id":"batch_req_t')
    expect(await batchFile(echo(), paths)).toMatchObject({ finished: 1, isComplete: true })
    expect(readResults(paths.output)).toHaveLength(1)
  })

  it('refuses another request behind the same id, and names its line', async () => {
    const paths = files([line('a'), line('b')])
    await batchFile(echo(), paths)
    writeLines(paths.input, [line('a'), line('b', otherBody)])
    await expect(batchFile(echo(), paths)).rejects.toThrow('"b" of line 2 had another request')
  })

  it('refuses another model, and an input that has lost requests', async () => {
    const paths = files([line('a'), line('b')])
    await batchFile(echo(), paths)
    await expect(batchFile(echo('other'), paths)).rejects.toThrow('with the model scripted')
    writeLines(paths.input, [line('a')])
    await expect(batchFile(echo(), paths)).rejects.toThrow('1 of 2 are there')
    writeLines(paths.input, [line('a'), line('c')])
    await expect(batchFile(echo(), paths)).rejects.toThrow('1 of 2 are there')
  })

  it('leaves a line alone that somebody is adding while it runs', async () => {
    const paths = files(ids.map((id) => line(id)))
    let isAdded = false
    const { model } = modelWith((text) => {
      if (!isAdded) appendFileSync(paths.input, '{"custom_id": "half')
      isAdded = true
      return text
    })
    expect(await batchFile(model, { ...paths, concurrency: 1 })).toMatchObject({
      finished: ids.length,
      isComplete: true,
    })
  })

  it('refuses a database of something else as it is', async () => {
    const journal = join(testFolder(), 'notes.sqlite')
    const readTables = (work: string) => {
      const database = new DatabaseSync(journal)
      database.exec(work)
      const tables = database.prepare('SELECT name FROM sqlite_schema').all()
      database.close()
      return tables.map(({ name }) => name)
    }
    expect(readTables('CREATE TABLE notes (text TEXT)')).toEqual(['notes'])
    const paths = files([line('a')])
    await expect(batchFile(echo(), { ...paths, journal })).rejects.toThrow(
      'a database of something else',
    )
    expect(readTables('')).toEqual(['notes'])
    const notes = join(testFolder(), 'notes.txt')
    writeFileSync(notes, 'no database at all'.repeat(10))
    await expect(batchFile(echo(), { ...paths, journal: notes })).rejects.toMatchObject({
      code: 'invalid-request',
      message: expect.stringContaining('is no journal of a batch'),
    })
  })

  it('runs requests that were added, those added while it ran among them', async () => {
    // More than the file system reads ahead.
    const pad = 'x'.repeat(2_000)
    const body = { messages: [{ role: 'user', content: pad }] }
    const paths = files(Array.from({ length: 100 }, (_, index) => line(`${index}`, body)))
    let isAdded = false
    const { model } = modelWith(() => 'ok')
    const summary = await batchFile(model, {
      ...paths,
      concurrency: 1,
      onProgress: () => {
        if (!isAdded) appendFileSync(paths.input, `${line('late')}\n`)
        isAdded = true
      },
    })
    expect(summary).toMatchObject({ finished: 100, isComplete: true })
    expect(await batchFile(model, paths)).toMatchObject({ finished: 1, isComplete: true })
    expect(readResults(paths.output).at(-1)?.custom_id).toBe('late')
  })

  it('goes on after an error of the whole batch, with no line for it', async () => {
    const paths = files(ids.map((id) => line(id)))
    let isPaid = false
    const { model } = modelWith((text) => {
      if (text === 'request-5' && !isPaid) throw new NanoError('unauthorized', 'wrong key')
      return text
    })
    await expect(batchFile(model, { ...paths, concurrency: 1 })).rejects.toThrow('wrong key')
    expect(readResults(paths.output)).toHaveLength(5)
    isPaid = true
    expect(await batchFile(model, paths)).toMatchObject({ finished: 15, failed: 0 })
    expect(
      readResults(paths.output)
        .map((result) => result.custom_id)
        .toSorted(),
    ).toEqual(ids.toSorted())
  })

  it('ends its requests where the listener throws, and goes on', async () => {
    const paths = files(ids.map((id) => line(id)))
    const { model, counts } = modelWith(async (text) => {
      await setTimeout(5)
      return text
    })
    const onProgress = () => {
      throw new Error('a fault of the listener')
    }
    await expect(batchFile(model, { ...paths, concurrency: 4, onProgress })).rejects.toThrow(
      'a fault of the listener',
    )
    expect(counts.running).toBe(0)
    expect(await batchFile(model, paths)).toMatchObject({ finished: 19, isComplete: true })
  })

  it('counts the tokens of earlier runs', async () => {
    const paths = files(ids.map((id) => line(id)))
    const limits = { concurrency: 1, tokenLimit: 1 }
    const first = await batchFile(echo(), { ...paths, ...limits })
    expect(first).toMatchObject({ finished: 1, isComplete: false })
    expect(await batchFile(echo(), { ...paths, ...limits })).toMatchObject({ finished: 0 })
    const tokenLimit = first.tokens + 1
    expect(await batchFile(echo(), { ...paths, ...limits, tokenLimit })).toMatchObject({
      finished: 1,
    })
    expect(await batchFile(echo(), paths)).toMatchObject({ finished: 18, isComplete: true })
    expect(await batchFile(echo(), { ...paths, ...limits })).toMatchObject({
      finished: 0,
      isComplete: true,
    })
  })
})

describe('a batch of a file begins nothing', () => {
  it('where options are not valid', async () => {
    const paths = files([line('a')])
    await expect(batchFile(echo(), { ...paths, attempts: 0 })).rejects.toThrow('attempts')
    await expect(batchFile(echo(), { ...paths, output: '' })).rejects.toThrow('output')
    expect(existsSync(`${paths.output}.journal`)).toBe(false)
  })

  it('in a folder that is not there', async () => {
    const output = join(testFolder(), 'missing', 'results.jsonl')
    await expect(batchFile(echo(), { ...files([line('a')]), output })).rejects.toMatchObject({
      code: 'not-found',
      message: expect.stringContaining('Make its folder'),
    })
  })
})
