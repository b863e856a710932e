// A process of its own, so that no client pays for another: asks the replay server for replies, and
// prints as JSON what they took.
import { setTimeout } from 'node:timers/promises'
import { measureHeap } from '../measuring/memory.ts'
import { computeMedian } from '../measuring/spread.ts'
import { type ClientName, openClients } from './clients.ts'
import { countCharacters } from './replies.ts'

export interface ClientMeasurement {
  readonly quantity: keyof typeof measurements
  readonly client: ClientName
  readonly url: string
  /** Tokens of a reply; each comes as a part. */
  readonly tokens: number
  readonly replies: number
}

/** Replies before those that count: compilers are done with the code by then. */
const warmUpReplies = 50

const measurements = { cpu: measureCpu, firstPart: measureFirstPart, heap: measureStreamingHeap }

const measurement = JSON.parse(process.argv[2] ?? '{}') as ClientMeasurement
const { quantity, client: clientName, url, tokens, replies } = measurement
const client = await openClients[clientName](url)
const result = await measurements[quantity]()
process.stdout.write(JSON.stringify(result), () => process.exit())

/** Milliseconds of CPU for a part, the threads that collect and compile included. */
async function measureCpu(): Promise<number> {
  for (let reply = 0; reply < warmUpReplies; reply++) await readReply()
  const usageBefore = process.cpuUsage()
  for (let reply = 0; reply < replies; reply++) await readReply()
  const { user, system } = process.cpuUsage(usageBefore)
  return (user + system) / 1_000 / replies / tokens
}

/** Milliseconds from the call to the first part, of the median reply. */
async function measureFirstPart(): Promise<number> {
  const times: number[] = []
  for (let reply = -warmUpReplies; reply < replies; reply++) {
    const startedAt = performance.now()
    await readReply(() => {
      if (reply >= 0) times.push(performance.now() - startedAt)
    })
  }
  return computeMedian(times)
}

/** Bytes in use while all replies come at once, at several moments; the last is after their end. */
async function measureStreamingHeap(): Promise<readonly number[]> {
  const heaps: number[] = []
  let startedReplies = 0
  const streams = Array.from({ length: replies }, () => readReply(() => void startedReplies++))
  while (startedReplies < replies) await setTimeout(20)
  const timer = setInterval(() => heaps.push(measureHeap()), 1_500)
  await Promise.all(streams)
  clearInterval(timer)
  return [...heaps, measureHeap()]
}

async function readReply(onFirstPart?: () => void): Promise<void> {
  const characters = await client.readReply(onFirstPart)
  const expected = countCharacters(tokens)
  if (!clientName.startsWith('bare') && characters !== expected)
    throw new Error(`${clientName} gave ${characters} characters of ${expected}`)
}
