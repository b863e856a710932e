import type { GenerateInput, Model } from '@nano/core'
import { openOnnx, type OnnxOptions } from '@nano/onnx'
import type { Contender, Prompt } from './contender.ts'

const asked = ({ text }: Prompt, maxTokens: number) =>
  ({
    messages: text,
    reasoning: 'on',
    sampling: { temperature: 0 },
    maxTokens,
  }) satisfies GenerateInput

/** Ours, through the whole contract. */
export async function ours(options: OnnxOptions): Promise<Contender & { readonly model: Model }> {
  const model = await openOnnx(options)
  return {
    name: 'nano',
    model,
    async reply(prompt, maxTokens) {
      const started = performance.now()
      const { timings, usage } = await model.generate(asked(prompt, maxTokens))
      const total = performance.now() - started
      const first = (timings.waiting ?? 0) + (timings.prompt ?? NaN)
      return {
        tokens: usage.output ?? NaN,
        cached: usage.cachedInput ?? 0,
        first,
        decoding: total - first,
      }
    },
    async tokens(prompt, maxTokens) {
      const { logprobs = [] } = await model.generate({ ...asked(prompt, maxTokens), logprobs: 0 })
      return logprobs.map(({ token }) => token)
    },
    close: () => model.close(),
  }
}
