import type { Capabilities, DriverCapabilities } from '../capabilities.ts'
import { NanoError } from '../error.ts'
import { findPromptFault, type GenerateRequest, type Tool } from '../request.ts'
import { samplingNames } from '../sampling.ts'
import { readerFor } from '../output-reader.ts'
import type { Part } from '../part.ts'
import { partChecker } from '../typed-request.ts'
import type { Call, Driver } from './driver.ts'
import { rewriteRequest } from './forward.ts'

/**
 * What a driver claims, its optional methods included. A model that stands as a driver lists its
 * methods itself: it always has them.
 */
export function capabilitiesOf(driver: Driver): Capabilities {
  return {
    tokenize: driver.tokenize !== undefined && driver.detokenize !== undefined,
    countTokens: driver.countTokens !== undefined,
    render: driver.render !== undefined,
    ...driver.capabilities,
  }
}

/**
 * The driver behind a check of each request, see `checkRequest`. It sits right in front of the
 * driver, so that it also sees what middleware adds to a request.
 */
export function withCapabilityCheck(driver: Driver): Driver {
  const rewrite = (request: GenerateRequest) => checkRequest(driver, request)
  const checkedDriver = rewriteRequest(driver, '', {
    rewrite,
    stream: (request, call) => streamChecked(driver, rewrite(request), call),
  })
  return { ...checkedDriver, name: driver.name }
}

/** Checks what the model writes by schemas that middleware added: `Model` does not know them. */
function streamChecked(driver: Driver, request: GenerateRequest, call: Call): AsyncIterable<Part> {
  const parts = driver.stream(request, call)
  const addsSchema = request.schema !== undefined && request.schema !== call.reader?.request.schema
  const addsTools = request.tools !== undefined && request.tools !== call.reader?.request.tools
  if (!addsSchema && !addsTools) return parts
  const reader = readerFor(request, driver.name, call.reader)
  const checkPart = partChecker({ request, reader }, driver.name)
  return (async function* () {
    for await (const part of parts) {
      await checkPart?.(part)
      yield part
    }
  })()
}

/**
 * The request with `reasoning` filled in: on where the driver can reason, and left out beside a
 * prompt to complete. Throws `unsupported` for the first thing asked that the driver does not
 * claim, and `invalid-request` for tools that contradict each other or the prompt.
 */
export function checkRequest(
  { name, capabilities }: Pick<Driver, 'name' | 'capabilities'>,
  request: GenerateRequest,
): GenerateRequest {
  const missing = findUnclaimed(request, capabilities)
  if (missing) throw new NanoError('unsupported', `${name} does not support ${missing}`)
  const fault = findPromptFault(request)?.message ?? findToolFault(request)
  if (fault) throw new NanoError('invalid-request', `the request is invalid: ${fault}`)
  if (request.reasoning !== undefined || request.prompt !== undefined) return request
  return { ...request, reasoning: capabilities.reasoning === 'never' ? 'off' : 'on' }
}

function findUnclaimed(request: GenerateRequest, claims: DriverCapabilities): string | undefined {
  if (request.prompt !== undefined && !claims.completion)
    return 'completing a prompt; ask with messages'
  if (request.prompt === undefined && !claims.chat)
    return (
      'chat: it has no chat template and no known format. Complete a text with ' +
      'generate({ prompt }), or open the model with the format that it was trained on'
    )
  if (request.reasoning === 'on' && claims.reasoning === 'never') return 'reasoning'
  if (request.reasoning === 'off' && claims.reasoning === 'always') return 'turning reasoning off'
  if (request.reasoningBudget !== undefined && !claims.reasoningBudget) return 'a reasoning budget'
  if (request.logprobs !== undefined && !claims.logprobs) return 'log-probabilities'
  if (request.tools?.length && claims.tools === 'never') return 'tools'
  if (demandsCall(request.toolChoice) && claims.tools !== 'forced')
    return 'a toolChoice that demands a call'
  if (request.schema !== undefined && !claims.schema) return 'a schema'
  const last = request.messages.at(-1)
  if (last?.role === 'assistant' && last.continue && !claims.continuation)
    return 'continuing a reply'
  if (request.lora !== undefined && !claims.loras.includes(request.lora))
    return (
      `the LoRA adapter ${JSON.stringify(request.lora)}; ` +
      `it has ${claims.loras.join(', ') || 'none'}`
    )

  const { sampling = {} } = request
  const setting = samplingNames.find(
    (name) => sampling[name] !== undefined && !claims.sampling.includes(name),
  )
  return setting && `the sampling setting ${setting}`
}

/**
 * Finds a contradiction between tools and `toolChoice`. Middleware may add either of them, so the
 * check stands next to the driver.
 */
function findToolFault({ tools = [], toolChoice }: GenerateRequest): string | undefined {
  const names = tools.map(({ name }) => name)
  const duplicate = names.find((name, index) => names.indexOf(name) !== index)
  if (duplicate !== undefined) return `two tools are named ${JSON.stringify(duplicate)}`
  if (toolChoice === 'required' && names.length === 0)
    return 'toolChoice requires a tool, and the request offers none'
  if (typeof toolChoice === 'object' && !names.includes(toolChoice.name))
    return (
      `toolChoice names ${JSON.stringify(toolChoice.name)}, ` +
      `and the request offers: ${names.join(', ') || 'none'}`
    )
  return undefined
}

/** The tools of which the reply has to call one; none where a reply may do without a call. */
export function findDemandedTools({
  tools = [],
  toolChoice,
}: Pick<GenerateRequest, 'tools' | 'toolChoice'>): readonly Tool[] {
  if (toolChoice === 'required') return tools
  return typeof toolChoice === 'object' ? tools.filter(({ name }) => name === toolChoice.name) : []
}

function demandsCall(choice: GenerateRequest['toolChoice']): boolean {
  return choice === 'required' || typeof choice === 'object'
}
