import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cacheFolder } from '@nano/chat/node'
import type { Model } from '@nano/core'
import { openLlamaCpp } from '@nano/llama-cpp'
import { openOnnx } from '@nano/onnx'
import { taskContextLength } from '../llama-cpp/workloads.ts'
import { formatSpread } from '../measuring/spread.ts'
import { printTable } from '../measuring/table.ts'
import { findRealFile, manyStreams, type RealModel } from './models.ts'

const rounds = 3

interface Opening {
  readonly runtime: string
  readonly streams: number
  readonly open: () => Promise<Model>
}

/** Prints how long nano searches for threads when a model is first opened, and what it finds. */
export async function printThreadSearch(model: RealModel): Promise<void> {
  const rows: string[][] = []
  for (const { runtime, streams, open } of listOpenings(model)) {
    // Brings the files into the memory of the operating system.
    await measureOpening(open)
    const seconds: number[] = []
    const foundThreads = new Set<string>()
    for (let round = 0; round < rounds; round++) {
      // The second opening knows the threads.
      const [first, second] = await withEmptyCache(async () => [
        await measureOpening(open),
        await measureOpening(open),
      ])
      seconds.push((first.time - second.time) / 1_000)
      foundThreads.add(
        first.threads ? Object.values(first.threads).join(', ') : "the runtime's own",
      )
    }
    rows.push([runtime, `${streams}`, formatSpread(seconds), [...foundThreads].join(' or ')])
  }
  printTable(
    `The search for threads when ${model.name} is first opened; a second is 1`,
    ['runtime', 'streams', 'time', 'threads for a prompt, one reply, several'],
    rows,
  )
}

function listOpenings({ gguf, onnx }: RealModel): readonly Opening[] {
  const open = { model: findRealFile(gguf), contextLength: taskContextLength }
  const openings: Opening[] = [1, manyStreams].map((streams) => ({
    runtime: 'llama.cpp',
    streams,
    open: () => openLlamaCpp({ ...open, parallel: streams }),
  }))
  if (onnx === undefined) return openings
  const folder = findRealFile(`${onnx}/builder-int4`)
  return [
    ...openings,
    { runtime: 'ONNX Runtime, int4', streams: 1, open: () => openOnnx({ model: folder }) },
  ]
}

async function withEmptyCache<Result>(
  work: () => Promise<readonly [Result, Result]>,
): Promise<readonly [Result, Result]> {
  const folder = mkdtempSync(join(tmpdir(), 'nano-threads-'))
  const usualFolder = cacheFolder()
  process.env['NANO_CACHE'] = folder
  try {
    return await work()
  } finally {
    process.env['NANO_CACHE'] = usualFolder
    rmSync(folder, { recursive: true })
  }
}

async function measureOpening(open: Opening['open']) {
  const startedAt = performance.now()
  const model = await open()
  const time = performance.now() - startedAt
  const { threads } = model.info
  await model.close()
  return { time, threads }
}
