import { existsSync, readFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { batchFile } from '../../src/index.ts'
import { files, ids, line, readResults } from '../support/batch-files.ts'
import { modelWith } from '../support/batches.ts'

const readIds = (path: string) => readResults(path).map(({ custom_id }) => custom_id)

/** A batch whose first request takes until an abort in its first run. */
function slowFirst() {
  const paths = files(ids.map((id) => line(id)))
  const abort = new AbortController()
  const isFirstRun = () => !abort.signal.aborted
  const { model, counts } = modelWith(async (text) => {
    if (text === ids[0] && isFirstRun()) await setTimeout(60_000, undefined, abort)
    return text
  })
  let usedTokens = 0
  /** Ends the first run when all but the first request have a result. */
  async function runUntilOneIsMissing() {
    const run = batchFile(model, {
      ...paths,
      concurrency: 4,
      order: 'input',
      signal: abort.signal,
      onProgress({ finished, tokens }) {
        usedTokens = tokens
        if (finished === ids.length - 1) abort.abort(new Error('enough'))
      },
    })
    await expect(run).rejects.toThrow('enough')
  }
  return { paths, model, counts, usedTokens: () => usedTokens, runUntilOneIsMissing }
}

describe('a batch of a file in the order of its requests', () => {
  it('has its results in that order, whichever is first', async () => {
    const paths = files(ids.map((id) => line(id)))
    const { model } = modelWith(async (text) => {
      await setTimeout(10 - (Number(text.split('-')[1]) % 7))
      return text
    })
    expect(await batchFile(model, { ...paths, concurrency: 8, order: 'input' })).toMatchObject({
      finished: ids.length,
      isComplete: true,
    })
    expect(readIds(paths.output)).toEqual(ids)
  })

  it('keeps results that wait for an earlier one, and computes none of them again', async () => {
    const { paths, model, counts, runUntilOneIsMissing } = slowFirst()
    await runUntilOneIsMissing()
    expect(existsSync(paths.output) ? readFileSync(paths.output, 'utf8') : '').toBe('')
    const callsBefore = counts.calls
    const summary = await batchFile(model, { ...paths, concurrency: 4, order: 'input' })
    expect(summary).toMatchObject({ finished: 1, isComplete: true })
    expect(counts.calls - callsBefore).toBe(1)
    expect(readIds(paths.output)).toEqual(ids)
  })

  it('writes what waits where the order does not matter any more', async () => {
    const { paths, model, runUntilOneIsMissing } = slowFirst()
    await runUntilOneIsMissing()
    await batchFile(model, { ...paths, concurrency: 4 })
    expect(readIds(paths.output)).toEqual([...ids.slice(1), ids[0]])
  })

  it('writes all of them where a token limit ends the run that completes the batch', async () => {
    const { paths, model, usedTokens, runUntilOneIsMissing } = slowFirst()
    await runUntilOneIsMissing()
    const summary = await batchFile(model, {
      ...paths,
      order: 'input',
      concurrency: 1,
      tokenLimit: usedTokens() + 1,
    })
    expect(summary).toMatchObject({ finished: 1, isComplete: true })
    expect(readIds(paths.output)).toEqual(ids)
  })

  it('leaves out what waits while a token limit keeps the earlier one from running', async () => {
    const { paths, model, runUntilOneIsMissing } = slowFirst()
    await runUntilOneIsMissing()
    const summary = await batchFile(model, { ...paths, order: 'input', tokenLimit: 1 })
    expect(summary).toMatchObject({ finished: 0, isComplete: false })
    expect(readFileSync(paths.output, 'utf8')).toBe('')
  })
})
