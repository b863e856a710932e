import type { Contender, Task } from '../measuring/contender.ts'
import { measureInRounds } from '../measuring/rounds.ts'
import { measureThroughput } from '../measuring/speed.ts'
import { computeRatios, formatSpread } from '../measuring/spread.ts'
import { printTable } from '../measuring/table.ts'
import { openNano } from './nano.ts'
import { buildTasks } from './tasks.ts'
import { openTransformersJs } from './transformers-js.ts'
import type { Device, Workload } from './workloads.ts'

const requests = 8

/** One way to work off the requests of a round. */
interface Way {
  readonly name: string
  readonly contender: Contender
  readonly slots: number
}

/** Prints tokens per second of several requests, prompts included. */
export async function compareThroughput(workload: Workload, device: Device): Promise<void> {
  const { name, promptLengths, maxTokens, rounds } = workload
  const [promptLength = NaN] = promptLengths
  const nano = await openNano(workload, { device, parallel: requests })
  const peer = await openTransformersJs(workload, { device })
  const sequentialWay: Way = { name: 'nano, one after another', contender: nano, slots: 1 }
  const ways: readonly Way[] = [
    { name: 'nano, at once', contender: nano, slots: requests },
    sequentialWay,
    { name: 'transformers.js, one after another', contender: peer, slots: 1 },
  ]
  const tasks = await buildTasks(nano.model, {
    promptLength,
    maxTokens,
    count: (rounds + 1) * 2 * requests,
  })
  const speeds = await measureInRounds(ways, { rounds, warmUpRounds: 1 }, async (way, round) => {
    const { contender, slots } = way
    const tasksOfWay = tasksOfRound(tasks, round, slots > 1 ? 0 : 1)
    const { tokensPerSecond } = await measureThroughput(contender, tasksOfWay, slots)
    return tokensPerSecond
  })
  printTable(
    `Tokens per second of ${requests} requests to ${name}; nano's one after another is 1`,
    ['', 'ratio'],
    ways.map((way) => [
      way.name,
      formatSpread(computeRatios(speeds.get(way), speeds.get(sequentialWay))),
    ]),
  )
  await nano.close()
  await peer.close()
}

/** Each round has tasks of its own; the two halves of them change places every round. */
function tasksOfRound(tasks: readonly Task[], round: number, half: 0 | 1): readonly Task[] {
  const start = (2 * round + ((round + half) % 2)) * requests
  return tasks.slice(start, start + requests)
}
