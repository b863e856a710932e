import { monitorEventLoopDelay } from 'node:perf_hooks'
import { shapes } from '@nano/forge'
import { expect, it } from 'vitest'
import { testInProcess } from '../../../../test/shared/in-process-adapter.ts'
import { temporaryFolder } from '../../../../test/shared/temporary-folder.ts'
import { openOnnx } from '../../src/index.ts'
import { writeRandomModel } from './random-models.ts'

const folder = temporaryFolder()
testInProcess((options) => openOnnx({ model: 'tiny', ...options }))

const greedy = { sampling: { temperature: 0 } } as const

// Other programs on the machine can also delay the event loop, so the test may be retried.
it(
  'the event loop keeps running while layers of a real size are computed',
  { retry: 2 },
  async () => {
    const shape = { ...shapes['llama-3.2-1b'], layers: 1, vocabularySize: 1_000 }
    const large = await openOnnx({
      model: await writeRandomModel(folder, { name: 'large', precision: 'q4', shape }),
      device: 'cpu',
    })
    await large.generate({ messages: 'hi', maxTokens: 2 })
    const delay = monitorEventLoopDelay({ resolution: 1 })
    delay.enable()
    const { usage, timings } = await large.generate({
      messages: 'Good morning! '.repeat(40),
      maxTokens: 20,
      ...greedy,
    })
    delay.disable()
    await large.close()
    expect(usage.output).toBeGreaterThan(10)
    // Otherwise nothing was computed that could have blocked the event loop.
    expect(timings.total).toBeGreaterThan(200)
    // Nanoseconds.
    expect(delay.percentile(99) / 1e6).toBeLessThan(20)
  },
)
