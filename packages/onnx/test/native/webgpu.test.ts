import { join } from 'node:path'
import type { Message } from '@nano/core'
import { conformance } from '@nano/core/conformance'
import { onnx } from '@nano/tiny'
import { describe, expect, it, vi } from 'vitest'
import { isLongRun } from '../../../../test/shared/long-run.ts'
import { softwareVulkan } from '../../../../test/shared/software-vulkan.ts'
import { openOnnx } from '../../src/index.ts'
import { openModel } from '../../src/worker/open-model.ts'
import { loadRuntime } from '../../src/session/runtime.ts'

const missing = softwareVulkan()
const greedy = { sampling: { temperature: 0 } } as const
const input = {
  vocabularySize: 640,
  tokenizerPath: join(onnx.transformers, 'tokenizer.json'),
  endTokens: [633],
  sequenceCount: 1,
  threads: 1,
  maxRunTime: 50,
  modelSize: 'tiny',
  providers: ['webgpu'],
} as const

describe.skipIf(missing)(
  `on WebGPU over a software Vulkan${missing ? ` [${missing}]` : ''}`,
  () => {
    it('the cache stays on the device until it is released', async () => {
      const { sessions, decoder } = await openModel(await loadRuntime(), 'webgpu', {
        ...input,
        path: join(onnx.transformers, 'onnx/model.onnx'),
      })
      const runs = vi.spyOn(sessions[0]!, 'run')
      decoder.beginReply(0, [624, 5, 6, 7, 8], greedy)
      // This run fetches no logits for the caller.
      await decoder.readTokens(0, [624, 5, 6])
      await decoder.sampleTokens([{ sequence: 0, tokens: [7, 8], origin: 'prompt' }])
      await decoder.sampleTokens([{ sequence: 0, tokens: [9], origin: 'sampled' }])
      // The next prompt uses less of the cache, which stays where it is.
      expect(decoder.beginReply(0, [624, 5, 6, 1, 2], greedy)).toBe(3)
      await decoder.sampleTokens([{ sequence: 0, tokens: [1, 2], origin: 'prompt' }])

      const results = await Promise.all(
        runs.mock.results.map(({ value }) => value as ReturnType<(typeof sessions)[0]['run']>),
      )
      expect(results).toHaveLength(4)
      const caches = results.map((outputs) =>
        Object.entries(outputs).flatMap(([name, tensor]) => (name === 'logits' ? [] : [tensor])),
      )
      for (const cache of caches) expect(cache).toHaveLength(8)
      const dispose = vi.fn()
      for (const tensor of caches.at(-1) ?? []) {
        expect(tensor.location).toBe('gpu-buffer')
        vi.spyOn(tensor, 'dispose').mockImplementation(dispose)
      }
      for (const tensor of caches.slice(0, -1).flat()) expect(tensor.location).toBe('none')
      decoder.release()
      expect(dispose).toHaveBeenCalledTimes(8)
      await sessions[0]!.release()
    })

    it.each(['fp32', 'q4'])(
      'in %s the replies are those of the CPU, in a conversation and two at once',
      async (quantization) => {
        const [gpu, cpu] = [
          await openOnnx({ model: 'tiny', quantization, device: 'webgpu', parallel: 2 }),
          await openOnnx({ model: 'tiny', quantization, parallel: 2 }),
        ]
        expect(gpu.info.device).toBe('webgpu')
        const generateReply = async (model: typeof gpu, messages: readonly Message[]) => {
          const { text, reasoning, finishReason, message, usage } = await model.generate({
            messages,
            reasoning: 'on',
            maxTokens: 40,
            ...greedy,
          })
          return { text, reasoning, finishReason, message, usage }
        }
        const question: Message = { role: 'user', content: 'What is 12 + 30?' }
        const firstReply = await generateReply(cpu, [question])
        expect(await generateReply(gpu, [question])).toEqual(firstReply)
        const inputs: readonly (readonly Message[])[] = [
          [question, firstReply.message, { role: 'user', content: 'Add 7 to that.' }],
          [{ role: 'user', content: 'What is 5 - 3?' }],
        ]
        const [replies, cpuReplies] = [
          await Promise.all(inputs.map((messages) => generateReply(gpu, messages))),
          await Promise.all(inputs.map((messages) => generateReply(cpu, messages))),
        ]
        expect(replies).toEqual(cpuReplies)
        expect(replies[0]?.usage.cachedInput).toBeGreaterThan(20)
        await Promise.all([gpu.close(), cpu.close()])
      },
    )

    const skipReason = missing ?? (isLongRun ? undefined : 'five minutes: npm run test:long')
    if (skipReason) it.skip(`all laws of the contract hold [${skipReason}]`, () => {})
    else
      void conformance(it, () => openOnnx({ model: 'tiny', device: 'webgpu', contextLength: 512 }))
  },
)
