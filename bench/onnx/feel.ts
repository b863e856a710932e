import { lateness } from '../lateness.ts'
import { spread, table } from '../table.ts'
import type { Contender } from './contender.ts'
import { ours } from './ours.ts'
import { prompts, type Subject } from './subjects.ts'
import { transformers } from './transformers.ts'

const opens = 50

/** How late the event loop is while one reply decodes. */
export async function delays({
  name,
  folder,
  precision,
  lengths: [short],
  reply,
}: Subject): Promise<void> {
  const rows: string[][] = []
  const nano = await ours({ model: folder, quantisation: precision, device: 'cpu' })
  const [prompt] = await prompts(nano.model, short, 1)
  if (!prompt) return
  rows.push(await delayOf(nano, () => nano.reply(prompt, reply)))
  const peer = await transformers({ folder, precision })
  rows.push(await delayOf(peer, () => peer.reply(prompt, reply)))
  console.log(`${name}: how late the event loop is while one reply is made\n`)
  console.log(`${table(['', 'p50', 'p99', 'most'], rows)}\n`)
}

async function delayOf(contender: Contender, work: () => Promise<unknown>): Promise<string[]> {
  const late = await lateness(work)
  await contender.close()
  return [contender.name, ...late]
}

/** Memory of the process over fifty opens and closes, each with a reply in between. */
export async function memory({ name, folder, precision }: Subject): Promise<void> {
  const openers: readonly (() => Promise<Contender>)[] = [
    () => ours({ model: folder, quantisation: precision, device: 'cpu' }),
    () => transformers({ folder, precision }),
  ]
  const nano = await ours({ model: folder, quantisation: precision, device: 'cpu' })
  const [prompt] = await prompts(nano.model, 64, 1)
  await nano.close()
  if (!prompt) return
  const rows = []
  for (const open of openers) {
    const used: number[] = []
    let called = ''
    for (let index = 0; index < opens; index++) {
      const contender = await open()
      called = contender.name
      await contender.reply(prompt, 8)
      await contender.close()
      globalThis.gc?.()
      used.push(process.memoryUsage.rss() / 2 ** 20)
    }
    const mean = (from: number, to: number) => spread(used.slice(from, to)).median.toFixed(0)
    rows.push([called, mean(5, 10), mean(20, 25), mean(45, 50)])
  }
  console.log(`${name}: memory of the process in MiB, after so many opens and closes\n`)
  console.log(`${table(['', '5 to 10', '20 to 25', '45 to 50'], rows)}\n`)
}
