import { fork } from 'node:child_process'
import { on } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { findChildren } from '../../test/shared/child-processes.ts'
import type { Task } from '../measuring/contender.ts'
import { measureThroughput } from '../measuring/speed.ts'
import { computeRatios, formatSpread } from '../measuring/spread.ts'
import { printTable } from '../measuring/table.ts'
import { findServerFor, llamaServerContender } from './llama-server.ts'
import type { MemoryJob, MemoryStage } from './memory-process.ts'
import type { Workload } from './workloads.ts'

/** The most bytes that an engine has had when it has loaded, and when it has replied. */
type PeakMemory = Readonly<Record<MemoryStage, number>>

/** Tokens of context for each stream. */
const contextLength = 8_192

/** Prints the memory of nano relative to each engine, one process after another, on the CPU. */
export async function compareMemory(
  { name, path, tasksByRound }: Workload,
  streams: number,
): Promise<void> {
  if (process.platform !== 'linux') {
    console.log('Memory is not measured: the peak of a process is read as Linux tells it.\n')
    return
  }
  const measures: Record<string, (tasks: readonly Task[]) => Promise<PeakMemory>> = {
    nano: (tasks) => measureProcess({ engine: 'nano', path, contextLength, tasks }),
    'node-llama-cpp': (tasks) =>
      measureProcess({ engine: 'node-llama-cpp', path, contextLength, tasks }),
  }
  const program = findServerFor('cpu')
  if (program !== undefined)
    measures['llama-server'] = (tasks) => measureServer(program, path, tasks)

  const peaks = new Map<string, PeakMemory[]>()
  // Nothing has to warm up, and a reply of two tokens fills as much memory as a long one.
  for (const tasks of tasksByRound.slice(1)) {
    const shortTasks = tasks.slice(0, streams).map((task) => ({ ...task, maxTokens: 2 }))
    for (const [engine, measure] of Object.entries(measures))
      peaks.set(engine, [...(peaks.get(engine) ?? []), await measure(shortTasks)])
  }

  const peaksOf = (engine: string, stage: MemoryStage) =>
    (peaks.get(engine) ?? []).map((peak) => peak[stage])
  const ratiosTo = (engine: string, stage: MemoryStage) =>
    formatSpread(computeRatios(peaksOf('nano', stage), peaksOf(engine, stage)))
  printTable(
    `Peak of nano's memory with ${name}, ${streams} streams of ${contextLength} tokens of context`,
    ['relative to', 'while loading', 'with a reply on each stream'],
    Object.keys(measures)
      .filter((engine) => engine !== 'nano')
      .map((engine) => [engine, ratiosTo(engine, 'loaded'), ratiosTo(engine, 'replied')]),
  )
}

async function measureProcess(job: MemoryJob): Promise<PeakMemory> {
  const child = fork(join(import.meta.dirname, 'memory-process.ts'))
  const peaks: Partial<Record<MemoryStage, number>> = {}
  child.send(job)
  try {
    for await (const [stage] of on(child, 'message', { close: ['exit'] })) {
      peaks[stage as MemoryStage] = readPeak(child.pid ?? NaN)
      if (stage === 'replied') break
    }
  } finally {
    child.kill('SIGKILL')
  }
  const { loaded, replied } = peaks
  if (loaded === undefined || replied === undefined)
    throw new Error(`the process of ${job.engine} ended before it had replied`)
  return { loaded, replied }
}

async function measureServer(
  program: string,
  model: string,
  tasks: readonly Task[],
): Promise<PeakMemory> {
  const options = { program, model, device: 'cpu', slots: tasks.length, contextLength }
  const server = await llamaServerContender(options, {})
  try {
    const loaded = readPeak(server.pid)
    await measureThroughput(server, tasks, tasks.length)
    return { loaded, replied: readPeak(server.pid) }
  } finally {
    await server.close()
  }
}

/** Bytes that a process and those that it has started have had at most, mapped files included. */
function readPeak(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const ownPeak = Number(/^VmHWM:\s*(\d+) kB$/m.exec(status)?.[1]) * 1_024
  return findChildren(pid).reduce((sum, child) => sum + readPeak(child), ownPeak)
}
