// A contender in a process of its own: asks for replies, and prints what they took as JSON.
import { contenders, type Name } from './contenders.ts'
import { textOf } from './replies.ts'

const [kind = '', name = '', url = '', tokens = '', count = ''] = process.argv.slice(2)
const client = await contenders[name as Name](url)
const wanted = Array.from({ length: Number(tokens) }, (_, token) => textOf(token).length).reduce(
  (sum, length) => sum + length,
  0,
)

/** Replies before those that count: compilers are done with them. */
const warmUp = 50

async function one(first?: () => void): Promise<void> {
  const characters = await client.read(first)
  if (!name.startsWith('bare') && characters !== wanted)
    throw new Error(`${name} gave ${characters} characters of ${wanted}`)
}

/** Milliseconds of CPU for 1,000 parts, threads that collect and compile included. */
async function cpu(): Promise<number> {
  for (let reply = 0; reply < warmUp; reply++) await one()
  const before = process.cpuUsage()
  for (let reply = 0; reply < Number(count); reply++) await one()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / Number(count) / Number(tokens)
}

/** Milliseconds from the call to the first part, of the middle one of all replies. */
async function first(): Promise<number> {
  const times: number[] = []
  for (let reply = -warmUp; reply < Number(count); reply++) {
    const started = performance.now()
    await one(() => void (reply < 0 || times.push(performance.now() - started)))
  }
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? NaN
}

/**
 * MiB in use after a collection, heap and buffers, at five moments while `count` replies come at
 * once; then when they are over.
 */
async function memory(): Promise<readonly number[]> {
  const used: number[] = []
  const look = () => {
    globalThis.gc?.()
    const { heapUsed, external } = process.memoryUsage()
    used.push((heapUsed + external) / 2 ** 20)
  }
  let begun = 0
  const replies = Array.from({ length: Number(count) }, () => one(() => void begun++))
  while (begun < Number(count)) await new Promise((resolve) => setTimeout(resolve, 20))
  const timer = setInterval(look, 1_500)
  await Promise.all(replies)
  clearInterval(timer)
  look()
  return used
}

process.stdout.write(
  JSON.stringify(await { cpu, first, memory }[kind as 'cpu' | 'first' | 'memory']()),
  () => process.exit(),
)
