import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { cpus, availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { ThreadCounts } from '@nano/core/driver'
import * as z from 'zod'
import { sameThreads } from '../threads/thread-counts.ts'
import { countBusyCores } from './busy-cores.ts'
import { cacheFolder } from './cache-folder.ts'

/** Cores that others may use during a measurement; with more, its figures are not the machine's. */
const maxBusyCores = 0.3

/** Milliseconds: the system counts in hundredths of a second. */
const watchTime = 60

const count = z.int().min(1)
const schema = z.record(
  z.string(),
  z.object({ prefill: count, decode: count, decodeTogether: count }),
)

interface Measurement {
  /** All that the counts depend on beside the machine. */
  readonly subject: readonly unknown[]
  readonly cores: number
  /** Says how many threads to take where others leave so many cores, and nothing is measured. */
  readonly chooseWhenBusy: (freeCores: number) => number
  readonly measure: () => Promise<ThreadCounts>
}

/**
 * Gives the thread counts that were measured for `subject` on this machine, or measures and keeps
 * them: in `threads.json` of the cache folder. Where others use the cores, it measures nothing. A
 * file that cannot be read or written costs a measurement each time, and nothing else.
 */
export async function rememberThreads(
  { subject, cores, chooseWhenBusy, measure }: Measurement,
  countBusy = countBusyCores,
): Promise<ThreadCounts> {
  const path = join(cacheFolder(), 'threads.json')
  const key = JSON.stringify([...describeMachine(), ...subject])
  const keptCounts = (await readCounts(path))[key]
  if (keptCounts) return keptCounts

  const readBusy = countBusy()
  await setTimeout(watchTime)
  const busyCores = readBusy()
  const freeCores = Math.max(1, Math.round(cores - busyCores))
  if (busyCores > maxBusyCores) return sameThreads(chooseWhenBusy(freeCores))
  const readBusyMeanwhile = countBusy()
  const counts = await measure()
  if (readBusyMeanwhile() < maxBusyCores)
    await writeCounts(path, { ...(await readCounts(path)), [key]: counts }).catch(() => {})
  return counts
}

/** What a measurement depends on besides the model. */
function describeMachine(): readonly unknown[] {
  return [cpus()[0]?.model, availableParallelism(), process.env.UV_THREADPOOL_SIZE]
}

async function readCounts(path: string): Promise<z.output<typeof schema>> {
  try {
    return schema.parse(JSON.parse(await readFile(path, 'utf8')))
  } catch {
    return {}
  }
}

/** Another process reads the old file or the new one, never half of one. */
async function writeCounts(path: string, counts: z.output<typeof schema>): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  const newPath = `${path}.${process.pid}`
  await writeFile(newPath, JSON.stringify(counts, undefined, 2))
  await rename(newPath, path)
}
