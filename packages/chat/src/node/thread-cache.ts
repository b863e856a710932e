import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { cpus, availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'
import type { ThreadCounts } from '@nano/core/driver'
import * as z from 'zod'
import { cacheFolder } from './cache-folder.ts'

/** Cores that others may use during a measurement. */
const maxOthersShare = 0.2

const count = z.int().min(1)
const schema = z.record(
  z.string(),
  z.object({ prefill: count, decode: count, decodeTogether: count }),
)

/**
 * Gives the thread counts that were measured for `subject` on this machine, or measures and keeps
 * them: in `threads.json` of the cache folder. A file that cannot be read or written costs a
 * measurement each time, and nothing else; so does a machine that is busy with other work, because
 * its figures are not those of the machine.
 */
export async function rememberThreads(
  subject: readonly unknown[],
  measure: () => Promise<ThreadCounts>,
  readCpuTime = cpuTimeOfOthers,
): Promise<ThreadCounts> {
  const path = join(cacheFolder(), 'threads.json')
  const key = JSON.stringify([...describeMachine(), ...subject])
  const keptCounts = (await readCounts(path))[key]
  if (keptCounts) return keptCounts
  const othersTime = readCpuTime()
  const startedAt = performance.now()
  const counts = await measure()
  const othersShare = (readCpuTime() - othersTime) / (performance.now() - startedAt)
  if (othersShare < maxOthersShare)
    await writeCounts(path, { ...(await readCounts(path)), [key]: counts }).catch(() => {})
  return counts
}

/** Milliseconds for which the cores have computed for others than this process. */
function cpuTimeOfOthers(): number {
  const own = process.cpuUsage()
  const all = cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys, 0)
  return all - (own.user + own.system) / 1_000
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
