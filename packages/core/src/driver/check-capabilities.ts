import type { Capabilities } from '../capabilities.ts'
import type { Driver } from './driver.ts'
import { NanoError } from '../error.ts'
import { rewriteRequest } from './forward.ts'
import { type GenerateRequest, toolFault } from '../request.ts'

/**
 * Throws `unsupported` for the first thing asked that the driver does not claim.
 * Sits right in front of the driver, so middleware cannot smuggle anything past it.
 */
export function refuseUnclaimed(driver: Driver): Driver {
  const { name, capabilities } = driver
  const claimed = (request: GenerateRequest) => assertClaimed(driver, request)
  const able = (can: boolean, what: string) => {
    if (!can) throw new NanoError('unsupported', `${name} does not support ${what}`)
  }

  return {
    ...rewriteRequest(driver, name, claimed),
    name,
    async tokenize(text) {
      able(capabilities.tokenize, 'tokenize')
      return driver.tokenize(text)
    },
    async detokenize(tokens) {
      able(capabilities.tokenize, 'detokenize')
      return driver.detokenize(tokens)
    },
    async countTokens(request) {
      able(capabilities.countTokens, 'countTokens')
      return driver.countTokens(claimed(request))
    },
    async render(request) {
      able(capabilities.render, 'render')
      return driver.render(claimed(request))
    },
  }
}

/**
 * The request. Throws `unsupported` for the first thing it asks that `driver` does not claim,
 * `invalid-request` where its tools contradict each other.
 */
export function assertClaimed(
  { name, capabilities }: Pick<Driver, 'name' | 'capabilities'>,
  request: GenerateRequest,
): GenerateRequest {
  const missing = unclaimed(request, capabilities)
  if (missing) throw new NanoError('unsupported', `${name} does not support ${missing}`)
  const fault = toolFault(request)
  if (fault) throw new NanoError('invalid-request', `the request does not hold: ${fault}`)
  return request
}

function unclaimed(request: GenerateRequest, can: Capabilities): string | undefined {
  if (request.reasoning === 'on' && can.reasoning === 'never') return 'reasoning'
  if (request.reasoning === 'off' && can.reasoning === 'always') return 'turning reasoning off'
  if (request.reasoningBudget !== undefined && !can.reasoningBudget) return 'a reasoning budget'
  if (request.logprobs !== undefined && !can.logprobs) return 'log-probabilities'
  if (request.tools?.length && can.tools === 'never') return 'tools'
  if (forces(request.toolChoice) && can.tools !== 'forced')
    return 'a toolChoice that demands a call'
  if (request.schema !== undefined && !can.schema) return 'a schema'
  if (
    request.messages.some((message) => message.role === 'assistant' && message.continue) &&
    !can.continuation
  )
    return 'continuing a reply'

  if (request.lora !== undefined && !can.loras.includes(request.lora))
    return `the LoRA adapter ${JSON.stringify(request.lora)}; it has ${can.loras.join(', ') || 'none'}`

  const setting = settings(request).find((name) => !can.sampling.includes(name))
  return setting && `the sampling setting ${setting}`
}

function settings({
  sampling = {},
}: GenerateRequest): (keyof NonNullable<GenerateRequest['sampling']>)[] {
  return (Object.keys(sampling) as (keyof typeof sampling)[]).filter(
    (name) => sampling[name] !== undefined,
  )
}

function forces(choice: GenerateRequest['toolChoice']): boolean {
  return choice === 'required' || typeof choice === 'object'
}
