// @nano/http beside openai and @ai-sdk/openai-compatible, against the same local server, which replays replies. Each in a process of its own.
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Name } from './http/contenders.ts'
import { spread, table } from './table.ts'

const folder = join(import.meta.dirname, 'http')
const flags = ['--expose-gc', ...process.execArgv]
const peers: readonly Name[] = [
  'openai',
  '@ai-sdk/openai-compatible, doStream',
  "AI SDK, streamText's textStream",
]
const rounds = 5
/** Parts of a reply. */
const tokens = 1_000
const streams = 500

interface Measuring {
  readonly kind: 'cpu' | 'first' | 'memory'
  readonly url: string
  readonly tokens: number
  readonly count: number
}

async function measure<T>(name: Name, { kind, url, tokens, count }: Measuring): Promise<T> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...flags,
    join(folder, 'measure.ts'),
    kind,
    name,
    url,
    String(tokens),
    String(count),
  ])
  return JSON.parse(stdout) as T
}

export async function run(): Promise<void> {
  console.log(
    `Node ${process.version}, ${availableParallelism()} cores, on this machine's loopback. Each figure is the median of ${rounds} rounds (least to most).\n`,
  )
  const server = spawn(process.execPath, [...process.execArgv, join(folder, 'server.ts')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  try {
    const [said] = (await once(server.stdout, 'data')) as [Buffer]
    const root = said.toString().trim()
    for (const kind of ['vllm', 'llama-server'] as const) {
      for (const events of [1, 8]) await cpu(root, kind, events)
    }
    await first(root)
    await memory(root)
  } finally {
    server.kill()
  }
}

/** Milliseconds for 1,000 parts, less those of a bare `fetch` of the same bytes. */
async function cpu(root: string, server: 'vllm' | 'llama-server', events: number): Promise<void> {
  const url = `${root}/${server}-${tokens}-${events}-0`
  const native = server === 'llama-server'
  const names: readonly Name[] = [
    'bare fetch',
    'nano',
    ...peers,
    ...(native ? (['bare fetch of native completions', 'nano, native completions'] as const) : []),
  ]
  const taken = new Map<Name, number[]>(names.map((name) => [name, []]))
  for (let round = 0; round < rounds; round++) {
    for (const place of names.keys()) {
      const name = names[(place + round) % names.length]
      if (name)
        taken.get(name)?.push(await measure<number>(name, { kind: 'cpu', url, tokens, count: 100 }))
    }
  }

  const over = (name: Name, bare: Name = 'bare fetch') =>
    taken.get(name)?.map((all, round) => all - (taken.get(bare)?.[round] ?? NaN)) ?? []
  const own = over('nano')
  const ratio = (of: readonly number[], to: readonly number[]) =>
    told(of.map((value, round) => value / (to[round] ?? NaN)))
  const better = own.map((_, round) =>
    Math.min(...peers.map((peer) => over(peer)[round] ?? Infinity)),
  )
  console.log(
    `CPU for each part of ${server}'s chat beyond that of a bare fetch, ${events === 1 ? 'an event' : `${events} events`} in a chunk: nano takes so much of the time\n`,
  )
  const rows = [
    ...peers.map((peer): [string, string] => [peer, ratio(own, over(peer))]),
    ['the better one of each round', ratio(own, better)] as const,
  ]
  console.log(table(['of', 'nano'], rows))
  if (native)
    console.log(
      `\nIts native completions, beyond a bare fetch of those: ${ratio(over('nano, native completions', 'bare fetch of native completions'), better)} of the better one's chat.`,
    )
  console.log()
}

/** From the call to the first part, beyond a bare `fetch`. */
async function first(root: string): Promise<void> {
  const url = `${root}/vllm-4-1-0`
  const names: readonly Name[] = ['bare fetch', 'nano', ...peers]
  const taken = new Map<Name, number[]>(names.map((name) => [name, []]))
  for (let round = 0; round < rounds; round++) {
    for (const name of names)
      taken
        .get(name)
        ?.push(await measure<number>(name, { kind: 'first', url, tokens: 4, count: 300 }))
  }
  console.log('Milliseconds to the first part (p50 of 300 replies) beyond those of a bare fetch\n')
  console.log(
    table(
      ['', 'ms'],
      names
        .slice(1)
        .map((name) => [
          name,
          told(
            taken.get(name)?.map((all, round) => all - (taken.get('bare fetch')?.[round] ?? NaN)) ??
              [],
          ),
        ]),
    ),
  )
  console.log()
}

/** In use after a collection while so many replies come at once, a part every 100 ms. */
async function memory(root: string): Promise<void> {
  const [length, pause] = [100, 100]
  const used = await measure<readonly number[]>('nano', {
    kind: 'memory',
    url: `${root}/vllm-${length}-1-${pause}`,
    tokens: length,
    count: streams,
  })
  console.log(
    `${streams} streams at once, a part each every ${pause} ms: ${used
      .slice(0, -1)
      .map((mebibytes) => mebibytes.toFixed(1))
      .join(', ')} MiB in use on the way, ${used.at(-1)?.toFixed(1)} after the last\n`,
  )
}

function told(values: readonly number[]): string {
  const { median, least, most } = spread(values)
  return `${median.toFixed(2)} (${least.toFixed(2)} to ${most.toFixed(2)})`
}
