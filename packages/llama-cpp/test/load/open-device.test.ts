import { expect, it } from 'vitest'
import { openDevice } from '../../src/load/open-device.ts'
import type { Llama, Runtime } from '../../src/runtime.ts'

it('where there is no GPU, the best device and the CPU are one runtime: two would lose what either says', async () => {
  let started = 0
  const llama = { gpu: false } as Llama
  const runtime = {
    LlamaLogLevel: { error: 'error' },
    getLlamaGpuTypes: async () => [false],
    getLlama: async () => (started++, llama),
  } as Partial<Runtime> as Runtime
  expect(await openDevice(runtime, 'cpu')).toBe(await openDevice(runtime, 'auto'))
  expect(started).toBe(1)
})
