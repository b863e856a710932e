import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { randomInteger, seededRandom } from '@nano/core/driver'
import { expect, it } from 'vitest'
import { isLongRun } from '../../../../test/shared/long-run.ts'
import { temporaryFolder } from '../../../../test/shared/temporary-folder.ts'

const folder = temporaryFolder()
const input = join(folder, 'sums.jsonl')
const concurrency = 4
const sumCount = isLongRun ? 600 : 200
const killCount = isLongRun ? 20 : 2

interface Paths {
  readonly output: string
  /** Where each call of the model is noted. */
  readonly calls: string
}

type Order = 'finished' | 'input'

/** Runs the batch of sums with the embedded model, and notes each call of it. */
const writeProgram = ({ output, calls }: Paths, order: Order) => `
  import { appendFileSync } from 'node:fs'
  import { openLlamaCpp } from ${JSON.stringify(import.meta.resolve('@nano/llama-cpp'))}
  import { batchFile } from ${JSON.stringify(new URL('../../src/index.ts', import.meta.url).href)}
  const noteCalls = (inner) => ({
    ...inner,
    stream(request, call) {
      appendFileSync(${JSON.stringify(calls)}, request.messages[0].content + '\\n')
      return inner.stream(request, call)
    },
  })
  const model = (await openLlamaCpp({ model: 'tiny', parallel: ${concurrency} })).with(noteCalls)
  const options = ${JSON.stringify({ input, output, concurrency, order })}
  await batchFile(model, options)
  await model.close()`

function startBatch(paths: Paths, order: Order) {
  const script = join(folder, 'run-batch.mjs')
  writeFileSync(script, writeProgram(paths, order))
  const child = spawn(process.execPath, ['--conditions=@nano/source', '--no-warnings', script], {
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  return {
    child,
    exit: once(child, 'exit') as Promise<[code: number | null, signal: string | null]>,
  }
}

function readLines(path: string): readonly string[] {
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n').filter(Boolean) : []
}

it.each<Order>(['finished', 'input'])(
  `${sumCount} sums have one result each, however often the process is killed (%s)`,
  async (order) => {
    const paths = { output: join(folder, `${order}.jsonl`), calls: join(folder, `${order}-calls`) }
    const { output, calls } = paths
    const seed = isLongRun ? randomInteger() : 19
    const note = `the seed was ${seed}`
    const random = seededRandom(seed)
    const sums = Array.from(
      { length: sumCount },
      (_, index) => [101 + ((index * 37) % 7_400), 11 + ((index * 3) % 600)] as const,
    )
    writeFileSync(
      input,
      sums
        .map(([a, b], index) => {
          const messages = [{ role: 'user', content: `What is ${a} + ${b}?` }]
          const body = { messages, temperature: 0, reasoning_effort: 'medium' }
          const line = { custom_id: `sum-${index}`, method: 'POST', url: '/v1/chat/completions' }
          return `${JSON.stringify({ ...line, body })}\n`
        })
        .join(''),
    )

    let kills = 0
    for (let killsLeft = killCount; killsLeft > 0; killsLeft--) {
      const share = random()
      const doneBefore = readLines(output).length
      // Each kill leaves work for those that follow.
      const newResults = (share * (sumCount - doneBefore)) / (killsLeft + 1)
      const { child, exit } = startBatch(paths, order)
      // Some die while they load, others in the middle of the replies.
      const deadline =
        share < 0.2 ? setTimeout(2_000 * share) : waitForResults(output, doneBefore + newResults)
      await Promise.race([deadline, exit])
      if (child.kill('SIGKILL')) kills++
      await exit
    }
    expect(kills, note).toBe(killCount)
    expect(await startBatch(paths, order).exit, note).toEqual([0, null])

    const results = readLines(output).map(
      (text) =>
        JSON.parse(text) as {
          readonly custom_id: string
          readonly response: {
            readonly body: {
              readonly choices: readonly [{ readonly message: { readonly content: string } }]
            }
          }
        },
    )
    expect(results, note).toHaveLength(sumCount)
    const answers = new Map(
      results.map((result) => [result.custom_id, result.response.body.choices[0].message.content]),
    )
    expect(answers.size, note).toBe(sumCount)
    if (order === 'input')
      expect([...answers.keys()], note).toEqual(sums.map((_, index) => `sum-${index}`))
    const rightCount = sums.filter(
      ([a, b], index) => answers.get(`sum-${index}`) === `${a + b}`,
    ).length
    expect(rightCount, note).toBeGreaterThanOrEqual(0.95 * sumCount)
    expect(readLines(calls).length - sumCount, note).toBeLessThanOrEqual(kills * concurrency)
  },
  600_000,
)

async function waitForResults(output: string, count: number): Promise<void> {
  while (readLines(output).length < count) await setTimeout(10)
}
