import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cacheFolder } from '@nano/chat/node'
import type { ModelInfo } from '@nano/core'
import { openLlamaCpp } from '@nano/llama-cpp'
import { formatSpread } from '../measuring/spread.ts'
import { printTable } from '../measuring/table.ts'
import { type Workload, taskContextLength } from './workloads.ts'

const rounds = 3

/** Prints how long nano searches for threads when a model is first opened, and what it finds. */
export async function printThreadSearch(
  { name, path }: Pick<Workload, 'name' | 'path'>,
  streams: number,
): Promise<void> {
  // Brings the file into the memory of the operating system.
  await openWith({ path, parallel: 1 })
  const rows: string[][] = []
  for (const parallel of [1, streams]) {
    const seconds: number[] = []
    const foundThreads = new Set<string>()
    for (let round = 0; round < rounds; round++) {
      const folder = mkdtempSync(join(tmpdir(), 'nano-threads-'))
      const usualFolder = cacheFolder()
      process.env['NANO_CACHE'] = folder
      const first = await openWith({ path, parallel })
      // It knows the threads.
      const second = await openWith({ path, parallel })
      process.env['NANO_CACHE'] = usualFolder
      rmSync(folder, { recursive: true })
      seconds.push((first.time - second.time) / 1_000)
      const { prefill, decode, decodeTogether } = first.threads ?? {}
      foundThreads.add(`${prefill}, ${decode}, ${decodeTogether}`)
    }
    rows.push([`${parallel}`, formatSpread(seconds), [...foundThreads].join(' or ')])
  }
  printTable(
    `The search for threads when ${name} is first opened; a second is 1`,
    ['streams', 'time', 'threads for a prompt, one reply, several'],
    rows,
  )
}

async function openWith({
  path,
  parallel,
}: {
  readonly path: string
  readonly parallel: number
}): Promise<{ readonly time: number; readonly threads: ModelInfo['threads'] }> {
  const startedAt = performance.now()
  const model = await openLlamaCpp({ model: path, contextLength: taskContextLength, parallel })
  const time = performance.now() - startedAt
  const { threads } = model.info
  await model.close()
  return { time, threads }
}
