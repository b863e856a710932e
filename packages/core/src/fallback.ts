import type { Capabilities } from './capabilities.ts'
import type { Driver } from './driver.ts'
import { type ErrorCode, NanoError } from './error.ts'

/** What another model may do better; everything else would fail there as well, or is the caller's to mend. */
const elsewhere: readonly ErrorCode[] = ['unavailable', 'unauthorized', 'rate-limited', 'timeout', 'out-of-memory', 'not-found', 'bad-model']

/**
 * Makes one driver of several: a call goes to the first, and to the next when that fails before its first part for a
 * reason of its own. A `Model` is a driver too: `new Model(fallback(near, far))`.
 * It claims what all of them claim, so that a request is served wherever it lands. Tokens and prompts are the first one's.
 * Throws the last error when all fail.
 */
export function fallback(first: Driver, ...others: readonly Driver[]): Driver {
  const drivers = [first, ...others]
  return {
    name: `fallback(${drivers.map(({ name }) => name).join(', ')})`,
    capabilities: drivers.map(({ capabilities }) => capabilities).reduce(common),
    info: first.info,

    async *stream(request, call) {
      for (const [index, driver] of drivers.entries()) {
        let emitted = false
        try {
          for await (const part of driver.stream(request, call)) {
            emitted = true
            yield part
          }
          return
        } catch (error) {
          const last = index === drivers.length - 1
          if (emitted || last || !NanoError.is(error) || !elsewhere.includes(error.code)) throw error
        }
      }
    },

    tokenize: (text) => first.tokenize(text),
    detokenize: (tokens) => first.detokenize(tokens),
    countTokens: (request) => first.countTokens(request),
    render: (request) => first.render(request),
    async close() {
      const closed = await Promise.allSettled(drivers.map((driver) => driver.close()))
      const failed = closed.find((result) => result.status === 'rejected')
      if (failed) throw failed.reason
    },
  }
}

function common(a: Capabilities, b: Capabilities): Capabilities {
  return {
    reasoning: a.reasoning === b.reasoning ? a.reasoning : 'never',
    reasoningBudget: a.reasoningBudget && b.reasoningBudget,
    sampling: a.sampling.filter((setting) => b.sampling.includes(setting)),
    logprobs: a.logprobs && b.logprobs,
    tools: a.tools === b.tools ? a.tools : a.tools === 'never' || b.tools === 'never' ? 'never' : 'offered',
    schema: a.schema && b.schema,
    loras: a.loras.filter((lora) => b.loras.includes(lora)),
    continuation: a.continuation && b.continuation,
    // Another model has other tokens, so what the first one counts is exact only for itself.
    tokenize: false,
    countTokens: false,
    render: false,
    controlTokensApart: a.controlTokensApart && b.controlTokensApart,
  }
}
