import { join } from 'node:path'
import type { Message } from '@nano/core'
import { conformance } from '@nano/core/conformance'
import { onnx } from '@nano/tiny'
import { describe, expect, it, vi } from 'vitest'
import { isLongRun } from '../../../../test/shared/long-run.ts'
import { softwareVulkan } from '../../../../test/shared/software-vulkan.ts'
import { openOnnx } from '../../src/index.ts'
import { openOn } from '../../src/worker/open-model.ts'
import { loadRuntime } from '../../src/session/runtime.ts'

const missing = softwareVulkan()
const greedy = { sampling: { temperature: 0 } } as const
const opening = {
  vocabularySize: 640,
  tokenizer: join(onnx.transformers, 'tokenizer.json'),
  ends: [633],
  sequences: 1,
  threads: 1,
  maxRunTime: 50,
  small: true,
  devices: ['webgpu'],
} as const

describe.skipIf(missing)(
  `on WebGPU, over a Vulkan in software${missing ? ` [${missing}]` : ''}`,
  () => {
    it('the cache stays on the device, also while a prompt is read without logits, and its memory is given back', async () => {
      const { sessions, decoder } = await openOn(await loadRuntime(), 'webgpu', {
        ...opening,
        path: join(onnx.transformers, 'onnx/model.onnx'),
      })
      const runs = vi.spyOn(sessions[0]!, 'run')
      decoder.begin(0, [624, 5, 6, 7, 8], greedy)
      await decoder.read(0, [624, 5, 6])
      await decoder.next([{ sequence: 0, tokens: [7, 8], are: 'prompt' }])
      await decoder.next([{ sequence: 0, tokens: [9], are: 'sampled' }])
      // Less of it counts now, and it stays where it is.
      expect(decoder.begin(0, [624, 5, 6, 1, 2], greedy)).toBe(3)
      await decoder.next([{ sequence: 0, tokens: [1, 2], are: 'prompt' }])

      const given = await Promise.all(
        runs.mock.results.map(({ value }) => value as ReturnType<(typeof sessions)[0]['run']>),
      )
      expect(given).toHaveLength(4)
      const caches = given.map((outputs) =>
        Object.entries(outputs).flatMap(([name, tensor]) => (name === 'logits' ? [] : [tensor])),
      )
      for (const cache of caches) expect(cache).toHaveLength(8)
      const disposed = vi.fn()
      for (const tensor of caches.at(-1) ?? []) {
        expect(tensor.location).toBe('gpu-buffer')
        vi.spyOn(tensor, 'dispose').mockImplementation(disposed)
      }
      for (const tensor of caches.slice(0, -1).flat()) expect(tensor.location).toBe('none')
      decoder.release()
      expect(disposed).toHaveBeenCalledTimes(8)
      await sessions[0]!.release()
    })

    it.each(['fp32', 'q4'])(
      'in %s, the replies are those of the CPU, in a conversation and two at once',
      async (quantization) => {
        const [gpu, cpu] = [
          await openOnnx({ model: 'tiny', quantization, device: 'webgpu', parallel: 2 }),
          await openOnnx({ model: 'tiny', quantization, parallel: 2 }),
        ]
        expect(gpu.info.device).toBe('webgpu')
        const told = async (model: typeof gpu, messages: readonly Message[]) => {
          const { text, reasoning, finishReason, message, usage } = await model.generate({
            messages,
            reasoning: 'on',
            maxTokens: 40,
            ...greedy,
          })
          return { text, reasoning, finishReason, message, usage }
        }
        const question: Message = { role: 'user', content: 'What is 12 + 30?' }
        const first = await told(cpu, [question])
        expect(await told(gpu, [question])).toEqual(first)
        const others: readonly (readonly Message[])[] = [
          [question, first.message, { role: 'user', content: 'Add 7 to that.' }],
          [{ role: 'user', content: 'What is 5 - 3?' }],
        ]
        const [replies, wanted] = [
          await Promise.all(others.map((messages) => told(gpu, messages))),
          await Promise.all(others.map((messages) => told(cpu, messages))),
        ]
        expect(replies).toEqual(wanted)
        expect(replies[0]?.usage.cachedInput).toBeGreaterThan(20)
        await Promise.all([gpu.close(), cpu.close()])
      },
    )

    if (!missing && isLongRun)
      void conformance(it, () => openOnnx({ model: 'tiny', device: 'webgpu', contextLength: 512 }))
    else it.skip('all laws of the contract hold [five minutes: npm run test:long]', () => {})
  },
)
