import { execFile } from 'node:child_process'
import { appendFileSync, createReadStream, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { isLongRun } from '../../../../test/shared/long-run.ts'
import { temporaryFolder } from '../../../../test/shared/temporary-folder.ts'
import { line } from '../support/batch-files.ts'

const folder = temporaryFolder()
/** NANO_BATCH_LINES=5000000 takes ten minutes. */
const fewLines = 5_000
const manyLines = Number(process.env['NANO_BATCH_LINES'] ?? (isLongRun ? 1_000_000 : 20_000))

/**
 * Runs a batch whose requests are answered at once, and prints the most memory that it took. A
 * short run may end before the first collection of garbage, so that it is collected on time here.
 */
const program = `
  import { Model } from ${JSON.stringify(import.meta.resolve('@nano/core'))}
  import { scripted } from ${JSON.stringify(import.meta.resolve('@nano/core/testing'))}
  import { batchFile } from ${JSON.stringify(new URL('../../src/index.ts', import.meta.url).href)}
  const [input, output] = process.argv.slice(2)
  const model = new Model(scripted({ reply: () => ['yes'], thought: () => [] }))
  let mostBytes = 0
  const timer = setInterval(() => {
    mostBytes = Math.max(mostBytes, process.memoryUsage.rss())
    gc()
  }, 100)
  const { finished } = await batchFile(model, { input, output, concurrency: 64 })
  clearInterval(timer)
  console.log(JSON.stringify({ finished, mostBytes }))`

/** No two are the same, and their order is not that of the file. */
const idOf = (index: number) => (Math.imul(index, 2_654_435_761) >>> 0).toString(36)

function writeRequests(path: string, count: number): void {
  const linesAtOnce = 10_000
  for (let start = 0; start < count; start += linesAtOnce) {
    const length = Math.min(linesAtOnce, count - start)
    const lines = Array.from({ length }, (_, index) => `${line(idOf(start + index))}\n`)
    appendFileSync(path, lines.join(''))
  }
}

async function countLines(path: string): Promise<number> {
  let count = 0
  for await (const chunk of createReadStream(path, { highWaterMark: 2 ** 20 }))
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, end + 1)) count++
  return count
}

async function runBatch(count: number) {
  const input = join(folder, `${count}.jsonl`)
  writeRequests(input, count)
  const script = join(folder, 'run-batch.mjs')
  writeFileSync(script, program)
  // The space for new objects grows while a program runs, whatever the program does.
  const flags = [
    '--expose-gc',
    '--max-semi-space-size=2',
    '--conditions=@nano/source',
    '--no-warnings',
  ]
  const output = `${input}.results`
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, script, input, output])
  expect(await countLines(output)).toBe(count)
  return JSON.parse(stdout) as { readonly finished: number; readonly mostBytes: number }
}

it(`${manyLines} lines take the memory of ${fewLines}`, { timeout: 1_800_000 }, async () => {
  const shortBatch = await runBatch(fewLines)
  const longBatch = await runBatch(manyLines)
  expect([shortBatch.finished, longBatch.finished]).toEqual([fewLines, manyLines])
  expect(longBatch.mostBytes / shortBatch.mostBytes).toBeLessThan(1.1)
})
