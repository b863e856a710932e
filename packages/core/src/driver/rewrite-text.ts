import type { DriverCapabilities } from '../capabilities.ts'
import type { Middleware } from './driver.ts'
import type { Part } from '../part.ts'
import type { GenerateRequest } from '../request.ts'
import { checkRequest } from './check-capabilities.ts'
import { stopAt } from './stop-at.ts'
import { logprobCarrier } from '../text/logprob-carrier.ts'
import type { TextMachine } from '../text/machine.ts'
import { rewriteRequest } from './forward.ts'

/**
 * Runs text through a fresh machine per call; other parts pass, in order. Stop strings are matched
 * here, against what the machine lets through, because that is the text the user sees. `adds` are
 * the capabilities the machine brings, e.g. `reasoning: 'always'` for a server that leaves tags in
 * its text.
 */
export function rewriteText(
  label: string,
  machine: () => TextMachine,
  adds: Partial<DriverCapabilities> = {},
): Middleware {
  return (inner) => {
    // A thought that the inner driver takes for text is one it cannot hold to a budget.
    const capabilities = {
      ...inner.capabilities,
      ...(adds.reasoning && { reasoningBudget: false }),
      ...adds,
    }
    const name = `${label}(${inner.name})`

    /** What is added is checked and kept here, so the inner driver is not asked for it. */
    function inward(request: GenerateRequest): GenerateRequest {
      const { stop: _stop, reasoning, ...rest } = checkRequest({ name, capabilities }, request)
      return adds.reasoning || reasoning === undefined ? rest : { ...rest, reasoning }
    }

    return rewriteRequest(inner, label, {
      rewrite: inward,
      capabilities,
      async *stream(request, call) {
        const parts = rewritten(inner.stream(inward(request), call), machine(), adds)
        yield* stopAt(parts, request.stop ?? [], () => ({
          type: 'finish',
          finishReason: 'stop',
          usage: {},
          timings: {},
        }))
      },
    })
  }
}

async function* rewritten(
  parts: AsyncIterable<Part>,
  machine: TextMachine,
  adds: Partial<DriverCapabilities>,
): AsyncGenerator<Part> {
  const carried = logprobCarrier()
  for await (const part of parts) {
    if (part.type === 'text') {
      carried.push(part.logprobs)
      for (const made of machine.push(part.text)) yield carried.onto(made)
      continue
    }
    if (part.type !== 'finish') {
      yield part
      continue
    }
    for (const made of machine.end()) yield carried.onto(made)
    // A driver that does not know of reasoning cannot have counted it.
    const { reasoning: _, ...usage } = part.usage
    yield adds.reasoning ? { ...part, usage } : part
  }
}
