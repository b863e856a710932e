import type { Profiler } from 'node:inspector'
import { Session } from 'node:inspector/promises'
import { setTimeout } from 'node:timers/promises'

/** Whose code the JavaScript thread ran; native functions count for the code that calls them. */
export type CodeOwner = (typeof codeOwners)[number]

export const codeOwners = ['nano', 'node-llama-cpp', 'others', 'garbage collector'] as const

/** Microseconds between two samples. */
const samplingInterval = 100
/** Milliseconds. */
const settleTime = 50

/** Does work and gives the milliseconds that the thread computed meanwhile, by owner. */
export async function profileThread(
  work: () => Promise<unknown>,
): Promise<Readonly<Record<CodeOwner, number>>> {
  const session = new Session()
  session.connect()
  await session.post('Profiler.enable')
  await session.post('Profiler.setSamplingInterval', { interval: samplingInterval })
  const beganAt = performance.now()
  await session.post('Profiler.start')
  // The start takes some hundredths of a second, which count for what is running.
  await setTimeout(settleTime)
  const settledAt = performance.now()
  await work()
  const { profile } = await session.post('Profiler.stop')
  session.disconnect()

  const owners = findOwners(profile.nodes)
  const times = { nano: 0, 'node-llama-cpp': 0, others: 0, 'garbage collector': 0 }
  let sampledAt = beganAt
  for (const [index, node] of (profile.samples ?? []).entries()) {
    const time = (profile.timeDeltas?.[index] ?? 0) / 1_000
    sampledAt += time
    const owner = owners.get(node)
    if (owner && sampledAt > settledAt) times[owner] += time
  }
  return times
}

/** The owner of each node; none while the thread waits. */
function findOwners(nodes: readonly Profiler.ProfileNode[]): ReadonlyMap<number, CodeOwner> {
  const parents = new Map(
    nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)),
  )
  const nodesById = new Map(nodes.map((node) => [node.id, node]))
  const findOwner = (node: Profiler.ProfileNode | undefined): CodeOwner | undefined => {
    if (!node) return 'others'
    const { functionName, url } = node.callFrame
    if (functionName === '(idle)' || functionName === '(program)') return undefined
    if (functionName === '(garbage collector)') return 'garbage collector'
    if (url.includes('/node-llama-cpp/')) return 'node-llama-cpp'
    if (url.includes('/packages/')) return 'nano'
    return findOwner(nodesById.get(parents.get(node.id) ?? -1))
  }
  return new Map(
    nodes.flatMap((node) => {
      const owner = findOwner(node)
      return owner ? [[node.id, owner] as const] : []
    }),
  )
}
