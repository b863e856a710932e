import { compareEventLoopDelay, eventLoopDelayHead } from '../measuring/event-loop-delay.ts'
import { printTable } from '../measuring/table.ts'
import { openNano } from './nano.ts'
import { buildTasks } from './tasks.ts'
import { openTransformersJs } from './transformers-js.ts'
import type { Device, Workload } from './workloads.ts'

/** Prints how late the event loop is while a reply is generated. */
export async function printEventLoopDelay(workload: Workload, device: Device): Promise<void> {
  const { name, promptLengths, maxTokens } = workload
  const [promptLength = NaN] = promptLengths
  const nano = await openNano(workload, { device })
  const [task] = await buildTasks(nano.model, { promptLength, maxTokens, count: 1 })
  const rows: string[][] = []
  for (const open of [() => nano, () => openTransformersJs(workload, { device })]) {
    const contender = await open()
    const cells = await compareEventLoopDelay(async () => task && contender.generate(task))
    await contender.close()
    rows.push([contender.name, ...cells])
  }
  printTable(
    `How late the event loop is during a reply of ${name}; idle, it is 1`,
    ['', ...eventLoopDelayHead],
    rows,
  )
}
