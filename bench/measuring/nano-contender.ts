import type { GenerateInput, Model } from '@nano/core'
import type { Task, TokenContender } from './contender.ts'

/** A `Model` of nano, measured from the outside through the whole contract: text in, text out. */
export function nanoContender(name: string, model: Model): TokenContender {
  return {
    name,
    async generate(task) {
      const startedAt = performance.now()
      let firstTokenAt = NaN
      const { reasoning, text, usage } = await model.generate(greedyRequest(task), {
        // The prompt is read when the first token is sampled; the first part may hold several.
        onPrefill({ processed, total }) {
          if (processed === total) firstTokenAt = performance.now()
        },
      })
      const endedAt = performance.now()
      if (Number.isNaN(firstTokenAt) || usage.output === undefined)
        throw new Error(`${name} does not report when it read the prompt or how much it sampled`)
      return {
        outputTokens: usage.output,
        ...(usage.cachedInput !== undefined && { cachedInputTokens: usage.cachedInput }),
        firstTokenTime: firstTokenAt - startedAt,
        decodeTime: endedAt - firstTokenAt,
        text: reasoning + text,
      }
    },
    async generateTokens(task) {
      const { logprobs = [] } = await model.generate({ ...greedyRequest(task), logprobs: 0 })
      return logprobs.map(({ token }) => token)
    },
    close: () => model.close(),
  }
}

function greedyRequest({ text, maxTokens }: Task) {
  return {
    messages: text,
    reasoning: 'on',
    sampling: { temperature: 0 },
    maxTokens,
  } satisfies GenerateInput
}
