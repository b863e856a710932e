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
 * here, against what the machine lets through, because that is the text the user sees.
 * `addedClaims` are the capabilities the machine brings, e.g. `reasoning: 'always'` for a server
 * that leaves tags in its text. What completes a prompt is text, tags and all, so a machine that
 * brings reasoning does not see it.
 */
export function rewriteText(
  label: string,
  machine: () => TextMachine,
  addedClaims: Partial<DriverCapabilities> = {},
): Middleware {
  return (inner) => {
    // A thought that the inner driver takes for text is one it cannot hold to a budget.
    const capabilities = {
      ...inner.capabilities,
      ...(addedClaims.reasoning && { reasoningBudget: false }),
      ...addedClaims,
    }
    const name = `${label}(${inner.name})`
    const isPassedOn = ({ prompt }: GenerateRequest) =>
      prompt !== undefined && addedClaims.reasoning !== undefined

    /** What is added is checked and kept here, so the inner driver is not asked for it. */
    function toInnerRequest(request: GenerateRequest): GenerateRequest {
      if (isPassedOn(request)) return checkRequest({ name, capabilities }, request)
      const { stop: _stop, reasoning, ...fields } = checkRequest({ name, capabilities }, request)
      return addedClaims.reasoning || reasoning === undefined ? fields : { ...fields, reasoning }
    }

    return rewriteRequest(inner, label, {
      rewrite: toInnerRequest,
      capabilities,
      async *stream(request, call) {
        const innerParts = inner.stream(toInnerRequest(request), call)
        if (isPassedOn(request)) return yield* innerParts
        const parts = rewriteParts(innerParts, machine(), addedClaims)
        yield* stopAt(parts, request.stop ?? [])
      },
    })
  }
}

async function* rewriteParts(
  parts: AsyncIterable<Part>,
  machine: TextMachine,
  addedClaims: Partial<DriverCapabilities>,
): AsyncGenerator<Part> {
  const logprobs = logprobCarrier()
  for await (const part of parts) {
    if (part.type === 'text') {
      logprobs.push(part.logprobs)
      for (const madePart of machine.push(part.text)) yield logprobs.attachTo(madePart)
      continue
    }
    if (part.type !== 'finish') {
      yield part
      continue
    }
    for (const madePart of machine.end()) yield logprobs.attachTo(madePart)
    // A driver that does not know of reasoning cannot have counted it.
    const { reasoning: _, ...usage } = part.usage
    yield addedClaims.reasoning ? { ...part, usage } : part
  }
}
