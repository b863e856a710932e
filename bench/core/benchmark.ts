import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Benchmark, readCount } from '../benchmark.ts'
import { printHeader } from '../measuring/header.ts'
import { measureInRounds } from '../measuring/rounds.ts'
import { computeRatios, formatSpread } from '../measuring/spread.ts'
import { printTable } from '../measuring/table.ts'
import { type ReaderName, streamReaders } from './streams.ts'

/** Parts after which the heap is measured first: what everyone loads is loaded by then. */
const firstMark = 1_000

export const coreBenchmark: Benchmark = {
  description:
    "Reads parts through nano's Model behind standard(), and through the textStream of the AI\n" +
    "SDK 7's streamText on MockLanguageModelV4. Nobody decodes: both sources give text as fast\n" +
    'as it is read.',
  options: {
    rounds: { type: 'count', value: 'N', default: '9', description: 'rounds that count' },
    parts: { type: 'count', value: 'N', default: '50000', description: 'parts read in a round' },
    stream: {
      type: 'count',
      value: 'N',
      default: '1000000',
      minimum: 8 * firstMark,
      description: 'parts of the stream whose heap is measured',
    },
  },
  measurements: {
    speed: 'parts per second, relative to the AI SDK',
    heap: 'heap in use on the way through one long stream, relative to its beginning',
  },
  examples: {
    '': 'both tables, as docs/performance.md has them',
    '--rounds 3 --only speed': 'a first look',
    '--rounds 1 --parts 1000 --stream 8000': 'tries whether it runs; the figures say nothing',
  },
  async run(selection) {
    const rounds = readCount(selection, 'rounds')
    printHeader(rounds)
    if (selection.measurements.has('speed'))
      await compareSpeeds(rounds, readCount(selection, 'parts'))
    if (selection.measurements.has('heap')) await compareHeaps(readCount(selection, 'stream'))
  },
}

const readerNames = Object.keys(streamReaders) as readonly ReaderName[]

async function compareSpeeds(rounds: number, parts: number): Promise<void> {
  const speeds = await measureInRounds(readerNames, { rounds, warmUpRounds: 1 }, async (reader) => {
    const startedAt = performance.now()
    await streamReaders[reader](parts)
    return parts / (performance.now() - startedAt)
  })
  printTable(
    `Parts per second, relative to the AI SDK; ${formatCount(parts)} parts in a round`,
    ['', 'ratio'],
    readerNames.map((reader) => [
      reader,
      formatSpread(computeRatios(speeds.get(reader), speeds.get('AI SDK'))),
    ]),
  )
}

async function compareHeaps(parts: number): Promise<void> {
  const marks = [firstMark, ...[0.25, 0.5, 0.75, 1].map((share) => Math.floor(parts * share))]
  const rows: string[][] = []
  for (const reader of readerNames) {
    const { stdout } = await promisify(execFile)(process.execPath, [
      ...process.execArgv,
      join(import.meta.dirname, 'measure-heap.ts'),
      reader,
      ...marks.map(String),
    ])
    const [first = NaN, ...heaps] = JSON.parse(stdout) as readonly number[]
    rows.push([reader, '1.00', ...heaps.map((heap) => (heap / first).toFixed(2))])
  }
  printTable(
    `Heap in use after so many parts of one stream; after ${formatCount(firstMark)} it is 1`,
    ['', ...marks.map(formatCount)],
    rows,
  )
}

function formatCount(count: number): string {
  return count.toLocaleString('en-US')
}
