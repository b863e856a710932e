// @nano/llama-cpp beside node-llama-cpp by itself and llama.cpp's own server, in one run, round by round.
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { availableParallelism } from 'node:os'
import { type Contender, ours } from './llama-cpp/contender.ts'
import { delays, lookup, secondTurn } from './llama-cpp/feel.ts'
import { raw, rawModel } from './llama-cpp/raw.ts'
import { findServer, server } from './llama-cpp/server.ts'
import { embedded, fourBillion, type Subject, taskLength } from './llama-cpp/subjects.ts'
import { spread, table } from './table.ts'

const rounds = 3
const streams = 8

/** `tiny` or `4b` measures one size; a path after it takes that file as the 4 B shape. */
export async function run([size, path]: readonly string[]): Promise<void> {
  console.log(`${rounds} rounds, Node ${process.version}, ${availableParallelism()} cores. Each figure is a ratio to raw at its best settings in the same round: median (least to most).\n`)
  if (size !== '4b') await measure(await embedded())
  if (size !== 'tiny') await measure(await fourBillion(join(import.meta.dirname, 'node_modules/.cache'), path))
}

async function measure(subject: Subject): Promise<void> {
  const llamaServer = findServer()
  if (!llamaServer) console.log('No llama-server was found: set LLAMA_SERVER, or put one on the PATH.\n')

  for (const count of [1, streams]) {
    const model = await rawModel(subject.path)
    const size = { contextSize: taskLength, sequences: count, batchSize: 512 }
    const contenders = [
      await ours('nano, auto', { model: subject.path, contextLength: taskLength, parallel: count }),
      await raw('raw, defaults', model, size),
    ]
    for (const threads of powers(availableParallelism())) {
      for (const flashAttention of [true, false]) {
        const settings = `${threads} thread${threads > 1 ? 's' : ''}, flash attention ${flashAttention ? 'on' : 'off'}`
        contenders.push(await raw(`raw, ${settings}`, model, { ...size, threads, flashAttention }))
      }
    }
    if (llamaServer) contenders.push(await server(llamaServer, subject.path, { streams: count, contextLength: taskLength }))

    const speeds = await inRounds(contenders, (contender) => (count === 1 ? contender.one(subject.tasks.slice(0, subject.alone)) : contender.many(subject.tasks, count)))
    print(`${subject.name}: ${count === 1 ? 'one stream' : `${count} streams`}, tokens per second`, contenders, speeds)
    const { device = 'cpu' } = contenders[0] ?? {}
    if (device !== 'cpu' && count === 1) console.log(`On ${device} the weights were read at ${((spread(speeds[0] ?? []).median * statSync(subject.path).size) / 1e9).toFixed(0)} GB/s.\n`)
    for (const contender of contenders) await contender.close()
    await model.dispose()
  }
  await delays(subject, streams)
  await secondTurn(subject)
  await lookup(subject, rounds)
}

/** Measures all, one after the other, round by round; the first round warms up. */
async function inRounds(contenders: readonly Contender[], speed: (contender: Contender) => Promise<number>): Promise<readonly (readonly number[])[]> {
  const speeds: number[][] = contenders.map(() => [])
  for (let round = -1; round < rounds; round++) {
    for (const [index, contender] of contenders.entries()) {
      const measured = await speed(contender)
      if (round >= 0) speeds[index]?.push(measured)
    }
  }
  return speeds
}

function print(title: string, contenders: readonly Contender[], speeds: readonly (readonly number[])[]): void {
  const medians = speeds.map((values) => spread(values).median)
  const bestOf = (prefix: string) => contenders.map(({ name }, index) => ({ index, name })).filter(({ name }) => name.startsWith(prefix)).toSorted((a, b) => (medians[b.index] ?? 0) - (medians[a.index] ?? 0))[0]?.index ?? 0
  const best = bestOf('raw')
  const ratio = (index: number, to: number) => {
    const { median, least, most } = spread((speeds[index] ?? []).map((speed, round) => speed / (speeds[to]?.[round] ?? NaN)))
    return `${median.toFixed(2)} (${least.toFixed(2)} to ${most.toFixed(2)})`
  }
  console.log(`${title}\n`)
  console.log(table(['', 'to raw at its best', 'nano to it'], contenders.map(({ name }, index) => [`${name}${index === best ? ' ←' : ''}`, ratio(index, best), ratio(0, index)])))
  console.log('')
}

/** 1, 2, 4… up to all cores. */
function powers(cores: number): readonly number[] {
  return Array.from({ length: Math.floor(Math.log2(cores)) + 1 }, (_, power) => 2 ** power)
}
