import { openLlamaCpp } from '@nano/llama-cpp'
import { compareEventLoopDelay, eventLoopDelayHead } from '../measuring/event-loop-delay.ts'
import { nanoContender } from '../measuring/nano-contender.ts'
import { measureThroughput } from '../measuring/speed.ts'
import { printTable } from '../measuring/table.ts'
import { verbatimFormat } from './verbatim-format.ts'
import { taskContextLength, type Workload } from './workloads.ts'

/** Prints how late the event loop is while so many requests decode at once. */
export async function printEventLoopDelay(
  { name, path, tasksByRound: [tasks = []] }: Workload,
  streams: number,
): Promise<void> {
  const model = await openLlamaCpp({
    model: path,
    contextLength: taskContextLength,
    parallel: streams,
    format: verbatimFormat,
  })
  const nano = nanoContender('nano', model)
  const cells = await compareEventLoopDelay(() => measureThroughput(nano, tasks, streams))
  await nano.close()
  printTable(
    `How late the event loop is while ${streams} streams of ${name} decode; idle, it is 1`,
    ['', ...eventLoopDelayHead],
    [['nano', ...cells]],
  )
}
