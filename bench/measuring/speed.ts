import type { Contender, Reply, Task } from './contender.ts'

/** What some tasks took together. */
export interface SpeedMeasurement {
  readonly tokensPerSecond: number
  readonly replies: readonly Reply[]
}

/** Runs one request after another and counts only the steps after each first token. */
export async function measureDecodeSpeed(
  contender: Contender,
  tasks: readonly Task[],
): Promise<SpeedMeasurement> {
  const replies: Reply[] = []
  for (const task of tasks) replies.push(await contender.generate(task))
  const steps = sum(replies.map(({ outputTokens }) => outputTokens - 1))
  const milliseconds = sum(replies.map(({ decodeTime }) => decodeTime))
  return { tokensPerSecond: (steps / milliseconds) * 1_000, replies }
}

/** Keeps `slots` requests going until all tasks are done; the time includes the prompts. */
export async function measureThroughput(
  contender: Contender,
  tasks: readonly Task[],
  slots: number,
): Promise<SpeedMeasurement> {
  const queue = [...tasks]
  const replies: Reply[] = []
  const startedAt = performance.now()
  await Promise.all(
    Array.from({ length: slots }, async (_, slot) => {
      for (let task = queue.shift(); task; task = queue.shift())
        replies.push(await contender.generate(task, slot))
    }),
  )
  const milliseconds = performance.now() - startedAt
  const tokens = sum(replies.map(({ outputTokens }) => outputTokens))
  return { tokensPerSecond: (tokens / milliseconds) * 1_000, replies }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
