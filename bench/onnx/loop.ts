import { openOnnx } from '@nano/onnx'
import { nanoContender } from '../measuring/nano-contender.ts'
import { measureInRounds } from '../measuring/rounds.ts'
import { measureDecodeSpeed } from '../measuring/speed.ts'
import { computeRatios, formatSpread } from '../measuring/spread.ts'
import { printTable } from '../measuring/table.ts'
import { buildTasks } from './tasks.ts'
import type { Device, Workload } from './workloads.ts'

const promptLengths = [64, 512] as const

/** Prints what several steps to a run of ONNX Runtime gain, relative to one step to a run. */
export async function compareLoop(workload: Workload, device: Device): Promise<void> {
  const { name, folder, precision, maxTokens, rounds } = workload
  const options = { model: folder, quantization: precision, device }
  const model = await openOnnx(options)
  const loopContender = nanoContender('several steps to a run', model)
  const stepContender = nanoContender(
    'one step to a run',
    await openOnnx({ ...options, maxRunTime: 0 }),
  )
  const cells: string[] = []
  for (const promptLength of promptLengths) {
    const tasks = await buildTasks(model, { promptLength, maxTokens, count: rounds + 1 })
    const speeds = await measureInRounds(
      [loopContender, stepContender],
      { rounds, warmUpRounds: 1 },
      async (contender, round) =>
        (await measureDecodeSpeed(contender, tasks.slice(round, round + 1))).tokensPerSecond,
    )
    cells.push(formatSpread(computeRatios(speeds.get(loopContender), speeds.get(stepContender))))
  }
  await loopContender.close()
  await stepContender.close()
  printTable(
    `Decoding speed of ${name} with several steps to a run; one step to a run is 1`,
    ['', ...promptLengths.map((length) => `after ${length} tokens`)],
    [['nano', ...cells]],
  )
}
