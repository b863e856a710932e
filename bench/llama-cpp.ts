// @nano/llama-cpp beside node-llama-cpp by itself and llama.cpp's own server, in one run, round by round.
import { statSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { alone, type Contender, type Task, together } from './llama-cpp/contender.ts'
import { delays, lookup, secondTurn } from './llama-cpp/feel.ts'
import { nano } from './llama-cpp/nano.ts'
import { gpuHere, raw, rawModel } from './llama-cpp/raw.ts'
import { inRounds, print, verdict } from './llama-cpp/rounds.ts'
import { findServer, server, type Settings } from './llama-cpp/server.ts'
import { embedded, fourBillion, type Subject, taskLength } from './llama-cpp/subjects.ts'
import { spread } from './table.ts'

const streams = 8

/**
 * `tiny` or `4b` measures one size; a path after it takes that file as the 4 B shape. `--rounds N`
 * is for more or fewer than 3, `--tokens N` for shorter replies.
 */
export async function run(args: readonly string[]): Promise<void> {
  const {
    positionals: [size, path],
    values,
  } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      rounds: { type: 'string', default: '3' },
      tokens: { type: 'string', default: 'Infinity' },
    },
  })
  const rounds = Number(values.rounds)
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new TypeError(`expected --rounds to be 1 or more, got ${values.rounds}`)
  const most = Number(values.tokens)
  if (!(most >= 2)) throw new TypeError(`expected --tokens to be 2 or more, got ${values.tokens}`)

  console.log(
    `${rounds} rounds after one to warm up, Node ${process.version}, ${availableParallelism()} cores. Each figure is a ratio to raw at its best settings in the same round: median (least to most).\n`,
  )
  if (size !== '4b') await measure(shortened(await embedded(rounds), most))
  if (size !== 'tiny')
    await measure(
      shortened(
        await fourBillion(rounds, join(import.meta.dirname, 'node_modules/.cache'), path),
        most,
      ),
    )
}

function shortened(subject: Subject, most: number): Subject {
  return {
    ...subject,
    rounds: subject.rounds.map((tasks) =>
      tasks.map((task) => ({ ...task, maxTokens: Math.min(task.maxTokens, most) })),
    ),
  }
}

async function measure(subject: Subject): Promise<void> {
  const device = await compare(subject, 'auto')
  const gpu = device === 'cpu' ? await gpuHere() : undefined
  if (gpu) await compare(subject, gpu)
  await delays(subject, streams)
  await secondTurn(subject)
  await lookup(subject)
}

/**
 * Puts all on the device that ours takes for `gpu`, one stream and several; returns which that was.
 */
async function compare(
  { name, path, rounds, alone: few }: Subject,
  gpu: 'auto' | 'cuda' | 'vulkan' | 'metal',
): Promise<string> {
  let device = ''
  for (const count of [1, streams]) {
    const own = await nano(gpu === 'auto' ? 'nano, auto' : `nano, gpu: ${gpu}`, {
      model: path,
      gpu,
      contextLength: taskLength,
      parallel: count,
    })
    device = own.device ?? 'cpu'
    const speed = (contender: Contender, tasks: readonly Task[]) =>
      count === 1 ? alone(contender, tasks.slice(0, few)) : together(contender, tasks, count)
    const found = findServer(device)
    const open = (title: string, settings: Settings) =>
      server(found ?? '', path, {
        name: title,
        device,
        streams: count,
        contextLength: taskLength,
        settings,
      })
    // Before raw's weights are loaded: servers come and go here one by one, each with weights of
    // its own.
    const best =
      found === undefined
        ? {}
        : await bestSettings(open, async (contender) => {
            await contender.reply(rounds[0]?.[0] ?? { text: '', tokens: [], maxTokens: 0 }, 0)
            return (await speed(contender, rounds[0]?.slice(0, count) ?? [])).speed
          })

    const model = await rawModel(path, device)
    const size = { contextSize: taskLength, sequences: count }
    const contenders = [own, await raw('raw, defaults', model, size)]
    for (const settings of sweep())
      contenders.push(await raw(`raw, ${said(settings)}`, model, { ...size, ...settings }))
    if (found !== undefined) {
      contenders.push(await open('llama-server, defaults', {}))
      if (Object.keys(best).length > 0)
        contenders.push(await open(`llama-server, ${said(best)}`, best))
    }

    const measured = await inRounds(contenders, rounds, speed)
    print(
      `${name} on ${device}, all of them: ${count === 1 ? 'one stream, from the first token to the last' : `${count} streams, prompts included`}`,
      contenders,
      measured,
    )
    verdict(contenders, measured)
    const [first = []] = measured
    if (device !== 'cpu' && count === 1)
      console.log(
        `On ${device} the weights were read at ${((spread(first.map((round) => round.speed)).median * statSync(path).size) / 1e9).toFixed(0)} GB/s.\n`,
      )
    for (const contender of contenders) await contender.close()
    await model.dispose()
  }
  return device
}

/** Runs each of the sweep alone for a moment; {} where nothing is better than the defaults. */
async function bestSettings(
  open: (name: string, settings: Settings) => Promise<Contender>,
  speed: (contender: Contender) => Promise<number>,
): Promise<Settings> {
  const tried: { readonly settings: Settings; readonly speed: number }[] = []
  for (const settings of [{}, ...sweep()]) {
    const contender = await open('llama-server', settings)
    tried.push({ settings, speed: await speed(contender) })
    await contender.close()
  }
  return tried.toSorted((a, b) => b.speed - a.speed)[0]?.settings ?? {}
}

/** 1, 2, 4… and all cores, each with flash attention and without. */
function sweep(): readonly Required<Settings>[] {
  const cores = availableParallelism()
  const threads = new Set([
    ...Array.from({ length: Math.floor(Math.log2(cores)) + 1 }, (_, power) => 2 ** power),
    cores,
  ])
  return [...threads].flatMap((count) =>
    [true, false].map((flashAttention) => ({ threads: count, flashAttention })),
  )
}

function said({ threads, flashAttention }: Settings): string {
  return `${threads} thread${threads === 1 ? '' : 's'}, flash attention ${flashAttention ? 'on' : 'off'}`
}
