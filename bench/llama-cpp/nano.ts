import { type LlamaCppOptions, openLlamaCpp } from '@nano/llama-cpp'
import type { Contender } from './contender.ts'
import { plain } from './prompts.ts'

/** `@nano/llama-cpp` through the whole contract: text in, text out. */
export async function nano(name: string, options: LlamaCppOptions): Promise<Contender> {
  const model = await openLlamaCpp({ ...options, format: plain })
  return {
    name,
    device: model.info.device,
    async reply({ text, maxTokens }) {
      let first: number | undefined
      // The first part may hold several tokens; the prompt is whole when the first of them has been
      // sampled.
      const onPrefill = ({
        processed,
        total,
      }: {
        readonly processed: number
        readonly total: number
      }) => {
        if (processed === total) first = performance.now()
      }
      for await (const part of model.stream(
        { messages: text, reasoning: 'on', sampling: { temperature: 0 }, maxTokens },
        { onPrefill },
      )) {
        if (part.type !== 'finish') continue
        if (first === undefined || part.usage.output === undefined)
          throw new Error(`${name} does not say when its prompt was read, or how much it wrote`)
        return {
          output: part.usage.output,
          decoding: performance.now() - first,
          cached: part.usage.cachedInput,
        }
      }
      throw new Error('the stream ended without a finish')
    },
    close: () => model.close(),
  }
}
