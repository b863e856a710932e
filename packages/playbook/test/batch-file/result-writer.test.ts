import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { readRequestLines } from '../../src/batch-file/batch-lines.ts'
import { type Journal, openJournal } from '../../src/batch-file/journal.ts'
import { resultWriter } from '../../src/batch-file/result-writer.ts'
import { openResults } from '../../src/batch-file/results-file.ts'
import { files, line } from '../support/batch-files.ts'

const result = (id: string) => ({ id, text: `${id}\n`, tokens: 1 })
const steps = ['noteWaiting', 'readWaiting', 'removeWaiting', 'noteWritten'] as const

/** Runs some work on a journal and a file of results; a crash leaves both as they are. */
async function work(
  { input, output }: ReturnType<typeof files>,
  order: 'finished' | 'input',
  use: (writer: ReturnType<typeof resultWriter>, journal: Journal) => Promise<void>,
  crash: Partial<Journal> = {},
) {
  const journal = openJournal(`${output}.journal`)
  await journal.addRequests(readRequestLines(input), 'scripted')
  const file = await openResults(output, journal)
  const crashing = Object.assign(Object.create(journal) as Journal, crash)
  try {
    await use(resultWriter({ file, path: output, journal: crashing, order }), journal)
  } finally {
    await file.close()
    journal.close()
  }
}

it.each(steps.flatMap((step) => [[step, 'finished'] as const, [step, 'input'] as const]))(
  'a crash at %s, in the order %s, loses no result and doubles none',
  async (step, order) => {
    const paths = files(['a', 'b', 'c'].map((id) => line(id)))
    const crash = () => {
      throw new Error('killed')
    }
    const missing = new Set(['a', 'b', 'c'])
    await work(
      paths,
      order,
      async (writer) => {
        // The last ones are there first.
        for (const group of [['c'], ['b'], ['a']]) await writer.add(group.map(result))
      },
      { [step]: crash },
    ).catch(() => {})
    await work(paths, order, async (writer, journal) => {
      await writer.writeWaiting()
      for await (const request of readRequestLines(paths.input))
        if (!journal.needsResult(request)) missing.delete(request.id)
      for (const id of [...missing].toReversed()) await writer.add([result(id)])
    })
    const ids = readFileSync(paths.output, 'utf8').split('\n').filter(Boolean)
    expect(ids.toSorted()).toEqual(['a', 'b', 'c'])
    if (order === 'input') expect(ids).toEqual(['a', 'b', 'c'])
  },
)
