import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Benchmark, readCount } from '../benchmark.ts'
import { printHeader } from '../measuring/header.ts'
import { measureInRounds } from '../measuring/rounds.ts'
import { computeRatios, formatSpread } from '../measuring/spread.ts'
import { printTable } from '../measuring/table.ts'
import type { ClientName } from './clients.ts'
import type { ClientMeasurement } from './measure-client.ts'
import type { ReplayedServer } from './replies.ts'

interface HttpBenchmarkOptions {
  /** Address of the replay server. */
  readonly root: string
  readonly rounds: number
  readonly replies: number
  readonly streams: number
}

const peers: readonly ClientName[] = [
  'openai',
  '@ai-sdk/openai-compatible, doStream',
  "AI SDK, streamText's textStream",
]

export const httpBenchmark: Benchmark = {
  description:
    'Reads replies of a local server, which replays the bytes of vLLM and of llama-server, with\n' +
    'nano, openai, @ai-sdk/openai-compatible and the AI SDK, each in a process of its own. What\n' +
    'a bare fetch of the same bytes takes is subtracted from all of them, round by round.',
  options: {
    rounds: { type: 'count', value: 'N', default: '5', description: 'rounds' },
    replies: {
      type: 'count',
      value: 'N',
      default: '100',
      description: 'replies in a round, of 1,000 parts each; three times as many for first parts',
    },
    streams: {
      type: 'count',
      value: 'N',
      default: '500',
      description: 'replies that are read at once while the heap is measured',
    },
  },
  measurements: {
    cpu: 'CPU time for each streamed part, one event and eight events to a chunk',
    'first-part': 'time to the first part',
    heap: 'heap in use while many replies stream at once, relative to the first look',
  },
  examples: {
    '': 'all tables, as docs/performance.md has them',
    '--only cpu': 'the CPU time alone',
    '--rounds 1 --replies 5 --streams 20': 'tries whether it runs; the figures say nothing',
  },
  async run(selection) {
    const [rounds, replies, streams] = [
      readCount(selection, 'rounds'),
      readCount(selection, 'replies'),
      readCount(selection, 'streams'),
    ]
    printHeader(rounds)
    const server = spawn(
      process.execPath,
      [...process.execArgv, join(import.meta.dirname, 'replay-server.ts')],
      { stdio: ['pipe', 'pipe', 'inherit'] },
    )
    try {
      const [address] = (await once(server.stdout, 'data')) as [Buffer]
      const options = { root: address.toString().trim(), rounds, replies, streams }
      if (selection.measurements.has('cpu')) {
        for (const kind of ['vllm', 'llama-server'] as const)
          for (const eventsPerChunk of [1, 8]) await compareCpu(kind, eventsPerChunk, options)
      }
      if (selection.measurements.has('first-part')) await compareFirstPart(options)
      if (selection.measurements.has('heap')) await printStreamingHeap(options)
    } finally {
      server.kill()
    }
  },
}

async function compareCpu(
  server: ReplayedServer,
  eventsPerChunk: number,
  { root, rounds, replies }: HttpBenchmarkOptions,
): Promise<void> {
  const tokens = 1_000
  const hasCompletions = server === 'llama-server'
  const clients: readonly ClientName[] = [
    'bare fetch',
    'nano',
    ...peers,
    ...(hasCompletions
      ? (['bare fetch of native completions', 'nano, native completions'] as const)
      : []),
  ]
  const url = `${root}/${server}-${tokens}-${eventsPerChunk}-0`
  const times = await measureInRounds(clients, { rounds }, (client) =>
    measureClient<number>({ quantity: 'cpu', client, url, tokens, replies }),
  )
  const timesBeyondFetch = subtractFetch(times)
  const fastestPeer = timesBeyondFetch('nano').map((_, round) =>
    Math.min(...peers.map((peer) => timesBeyondFetch(peer)[round] ?? Infinity)),
  )
  const rows = peers.map((peer): readonly string[] => [
    peer,
    formatSpread(computeRatios(timesBeyondFetch('nano'), timesBeyondFetch(peer))),
  ])
  rows.push([
    'the fastest of them in each round',
    formatSpread(computeRatios(timesBeyondFetch('nano'), fastestPeer)),
  ])
  if (hasCompletions) {
    const completions = timesBeyondFetch(
      'nano, native completions',
      'bare fetch of native completions',
    )
    rows.push([
      'the same; nano reads native completions',
      formatSpread(computeRatios(completions, fastestPeer)),
    ])
  }
  const chunks = eventsPerChunk === 1 ? 'one event' : `${eventsPerChunk} events`
  printTable(
    `CPU time that nano takes for each part of ${server}'s chat, ${chunks} to a chunk`,
    ['relative to', 'ratio'],
    rows,
  )
}

async function compareFirstPart({ root, rounds, replies }: HttpBenchmarkOptions): Promise<void> {
  const tokens = 4
  const clients: readonly ClientName[] = ['bare fetch', 'nano', ...peers]
  const times = await measureInRounds(clients, { rounds }, (client) =>
    measureClient<number>({
      quantity: 'firstPart',
      client,
      url: `${root}/vllm-${tokens}-1-0`,
      tokens,
      replies: 3 * replies,
    }),
  )
  const timesBeyondFetch = subtractFetch(times)
  printTable(
    "Time that nano takes to the first part of vLLM's chat, in the median reply",
    ['relative to', 'ratio'],
    peers.map((peer) => [
      peer,
      formatSpread(computeRatios(timesBeyondFetch('nano'), timesBeyondFetch(peer))),
    ]),
  )
}

async function printStreamingHeap({ root, streams }: HttpBenchmarkOptions): Promise<void> {
  const [tokens, pause] = [100, 100]
  const heaps = await measureClient<readonly number[]>({
    quantity: 'heap',
    client: 'nano',
    url: `${root}/vllm-${tokens}-1-${pause}`,
    tokens,
    replies: streams,
  })
  const [first = NaN] = heaps
  printTable(
    `Heap in use while ${streams} replies stream, each a part every ${pause} ms; at first it is 1`,
    ['largest on the way', 'after the last'],
    [
      [Math.max(...heaps.slice(0, -1)), heaps.at(-1) ?? NaN].map((heap) =>
        (heap / first).toFixed(2),
      ),
    ],
  )
}

/** Times of a client without those of a bare fetch in the same round. */
function subtractFetch(times: ReadonlyMap<ClientName, readonly number[]>) {
  return (client: ClientName, fetchClient: ClientName = 'bare fetch'): readonly number[] =>
    (times.get(client) ?? []).map((time, round) => time - (times.get(fetchClient)?.[round] ?? NaN))
}

async function measureClient<Result>(measurement: ClientMeasurement): Promise<Result> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...process.execArgv,
    join(import.meta.dirname, 'measure-client.ts'),
    JSON.stringify(measurement),
  ])
  return JSON.parse(stdout) as Result
}
