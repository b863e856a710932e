import { measureProcessMemory } from '../measuring/memory.ts'
import { computeMedian } from '../measuring/spread.ts'
import { printTable } from '../measuring/table.ts'
import { openNano } from './nano.ts'
import { buildTasks } from './tasks.ts'
import { openTransformersJs } from './transformers-js.ts'
import type { Device, Workload } from './workloads.ts'

/** Prints the memory of the process over many opens and closes, each with a reply in between. */
export async function compareMemory(
  workload: Workload,
  { device, openCount }: { readonly device: Device; readonly openCount: number },
): Promise<void> {
  const { model, close } = await openNano(workload, { device })
  const [task] = await buildTasks(model, { promptLength: 64, maxTokens: 8, count: 1 })
  await close()
  const ranges = [0.1, 0.4, 0.9].map((share) => {
    const start = Math.floor(openCount * share)
    return { start, end: start + Math.ceil(openCount / 10) }
  })
  const rows: string[][] = []
  for (const openContender of [openNano, openTransformersJs]) {
    const memorySizes: number[] = []
    let name = ''
    for (let index = 0; index < openCount; index++) {
      const contender = await openContender(workload, { device })
      if (task) await contender.generate(task)
      await contender.close()
      name = contender.name
      memorySizes.push(measureProcessMemory())
    }
    const [firstMedian = NaN, ...laterMedians] = ranges.map(({ start, end }) =>
      computeMedian(memorySizes.slice(start, end)),
    )
    rows.push([name, '1.00', ...laterMedians.map((memory) => (memory / firstMedian).toFixed(2))])
  }
  printTable(
    `Memory of the process after so many opens and closes of ${workload.name}; at first it is 1`,
    ['', ...ranges.map(({ start, end }) => `${start + 1} to ${end}`)],
    rows,
  )
}
