// What the contract costs: parts per second through Model and standard(), beside the AI SDK's
// streamText on its own mock model, and the memory of a million parts. Nobody decodes anything:
// both sources say "token " as fast as they are read.
import { spawnSync } from 'node:child_process'
import { Model, standard } from '@nano/core'
import type { Driver } from '@nano/core/driver'
import { scripted } from '@nano/core/testing'
import { streamText } from 'ai'
import { MockLanguageModelV4 } from 'ai/test'
import { spread, table } from './table.ts'

type Reader = (parts: number, at?: (count: number) => void) => Promise<void>

const repeats = 9
const partsOfARepeat = 50_000
const partsOfALongStream = 1_000_000

export async function run([only]: readonly string[]): Promise<void> {
  const readers: Readonly<Record<string, Reader>> = { nano: readNano, 'AI SDK': readAiSdk }
  if (only) return memory(readers[only] ?? readNano)

  const speeds = { nano: [] as number[], 'AI SDK': [] as number[] }
  for (let repeat = -1; repeat < repeats; repeat++) {
    for (const name of ['nano', 'AI SDK'] as const) {
      const started = performance.now()
      await readers[name]?.(partsOfARepeat)
      // The first round warms both up.
      if (repeat >= 0) speeds[name].push((partsOfARepeat / (performance.now() - started)) * 1_000)
    }
  }
  const ratios = spread(speeds.nano.map((speed, index) => speed / (speeds['AI SDK'][index] ?? NaN)))
  console.log(
    `Parts per second, relative to the AI SDK in the same round; ${repeats} rounds of ${partsOfARepeat.toLocaleString('en-US')} parts, Node ${process.version}\n`,
  )
  console.log(
    table(
      ['through', 'median', 'least', 'most'],
      [
        ['AI SDK 7, streamText on MockLanguageModelV4, textStream', '1.0', '', ''],
        [
          'nano, Model behind standard()',
          ...[ratios.median, ratios.least, ratios.most].map((ratio) => ratio.toFixed(1)),
        ],
      ],
    ),
  )

  console.log(`\nHeap in use after so many parts of one stream, in MiB, after a collection\n`)
  const rows = Object.keys(readers).map((name) => {
    const { stdout } = spawnSync(
      process.execPath,
      ['--expose-gc', ...process.execArgv, 'bench/main.ts', 'core', name],
      { encoding: 'utf8' },
    )
    return [name, ...stdout.trim().split(' ')]
  })
  console.log(table(['', ...marks.map((mark) => mark.toLocaleString('en-US'))], rows))
}

const marks = [1_000, 250_000, 500_000, 750_000, partsOfALongStream]

/** Prints the heap at each mark; runs in a process of its own. */
async function memory(read: Reader): Promise<void> {
  const heaps: string[] = []
  await read(partsOfALongStream + 1, (count) => {
    if (!marks.includes(count)) return
    globalThis.gc?.()
    heaps.push((process.memoryUsage().heapUsed / 2 ** 20).toFixed(1))
  })
  console.log(heaps.join(' '))
}

async function readNano(parts: number, at: (count: number) => void = () => {}): Promise<void> {
  const driver: Driver = {
    ...scripted(),
    async *stream() {
      for (let part = 0; part < parts; part++) yield { type: 'text', text: 'token ' }
      yield { type: 'finish', finishReason: 'stop', usage: {}, timings: {} }
    },
  }
  const model = new Model(
    driver,
    standard({ defaults: { maxTokens: 2 ** 31 }, limit: 4, timeout: { silence: 60_000 } }),
  )
  let count = 0
  for await (const part of model.stream('hi')) if (part.type === 'text') at(++count)
}

async function readAiSdk(parts: number, at: (count: number) => void = () => {}): Promise<void> {
  let sent = 0
  const model = new MockLanguageModelV4({
    doStream: async () => ({
      stream: new ReadableStream({
        pull(controller) {
          if (sent === 0) {
            controller.enqueue({ type: 'stream-start', warnings: [] })
            controller.enqueue({ type: 'text-start', id: '1' })
          }
          if (sent++ < parts)
            return controller.enqueue({ type: 'text-delta', id: '1', delta: 'token ' })
          controller.enqueue({ type: 'text-end', id: '1' })
          controller.enqueue({
            type: 'finish',
            finishReason: { unified: 'stop', raw: 'stop' },
            usage: {
              inputTokens: { total: 1, noCache: 1, cacheRead: 0, cacheWrite: 0 },
              outputTokens: { total: parts, text: parts, reasoning: 0 },
            },
          })
          controller.close()
        },
      }),
    }),
  })
  let count = 0
  for await (const _ of streamText({ model, prompt: 'hi' }).textStream) at(++count)
}
