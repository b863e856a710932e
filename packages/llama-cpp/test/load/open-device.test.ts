import { expect, it } from 'vitest'
import { openDevice } from '../../src/load/open-device.ts'
import type { Llama, Runtime } from '../../src/runtime.ts'

it('without a GPU, auto and cpu share one runtime, because two would lose their logs', async () => {
  let startCount = 0
  const llama = { gpu: false } as Llama
  const runtime = {
    LlamaLogLevel: { error: 'error' },
    getLlamaGpuTypes: async () => [false],
    getLlama: async () => (startCount++, llama),
  } as Partial<Runtime> as Runtime
  expect(await openDevice(runtime, 'cpu')).toBe(await openDevice(runtime, 'auto'))
  expect(startCount).toBe(1)
})
