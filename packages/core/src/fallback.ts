import type { DriverCapabilities } from './capabilities.ts'
import type { Driver, ModelInfo } from './driver/driver.ts'
import { type ErrorCode, NanoError } from './error.ts'
import { withCapabilityCheck } from './driver/check-capabilities.ts'

/**
 * What another model may do better; everything else would fail there as well, or is the caller's to
 * mend.
 */
const elsewhere: readonly ErrorCode[] = [
  'unavailable',
  'unauthorized',
  'rate-limited',
  'timeout',
  'out-of-memory',
  'not-found',
  'bad-model',
]

/**
 * Makes one driver of several: a call goes to the first, and to the next when that fails before its
 * first part for a reason of its own, or when its context is too short and the next one's may do. A
 * `Model` is a driver too: `new Model(fallback(near, far))`. It claims what all of them claim, so
 * that a request is served wherever it lands: where one always thinks, all are asked to, and where
 * one never does, none is. Tokens and prompts are the first one's. When all fail, throws the last
 * error, with the first one's as its cause. Throws a `TypeError` for drivers that have no request
 * in common: one always thinks, and another never does.
 */
export function fallback(first: Driver, ...others: readonly Driver[]): Driver {
  const given = [first, ...others]
  if (Array.isArray(first))
    throw new TypeError(
      'fallback: expected drivers, got a list. Did you mean fallback(...drivers)?',
    )
  if (
    !given.every(
      (driver: unknown) => typeof driver === 'object' && driver !== null && 'stream' in driver,
    )
  )
    throw new TypeError('fallback: expected drivers. Did you mean fallback(near, far)?')

  const reasoning = commonReasoning(given)
  const drivers = given.map(withCapabilityCheck)
  return {
    name: `fallback(${given.map(({ name }) => name).join(', ')})`,
    capabilities: {
      ...others
        .map(({ capabilities }) => capabilities)
        .reduce<Rest>(common, common(first.capabilities, first.capabilities)),
      reasoning,
      ...(reasoning === 'never' && { reasoningBudget: false }),
    },
    info: commonInfo(first, given),

    async *stream(request, call) {
      const failures: NanoError[] = []
      let next = 0
      for (const [index, driver] of drivers.entries()) {
        if (index < next) continue
        let emitted = false
        try {
          for await (const part of driver.stream(request, call)) {
            emitted = true
            yield part
          }
          return
        } catch (error) {
          // A driver may have failed because it was stopped; the next one would only start in vain.
          call.signal.throwIfAborted()
          if (!NanoError.is(error)) throw error
          next = emitted
            ? -1
            : drivers.findIndex((other, at) => at > index && mayServe(other, driver, error.code))
          if (next < 0) throw afterAll(error, failures)
          failures.push(error)
        }
      }
    },

    async close() {
      const closed = await Promise.allSettled(drivers.map((driver) => driver.close()))
      const failed = closed.find((result) => result.status === 'rejected')
      if (failed) throw failed.reason
    },
  }
}

function mayServe(other: Driver, failed: Driver, code: ErrorCode): boolean {
  if (code !== 'context-overflow') return elsewhere.includes(code)
  const [longer, short] = [other.info.contextLength, failed.info.contextLength]
  return longer === undefined || short === undefined || longer > short
}

/**
 * The last error, saying what went before; the same call may succeed later when one of them may.
 */
function afterAll(last: NanoError, failures: readonly NanoError[]): NanoError {
  const [first] = failures
  if (!first) return last
  const patient = [last, ...failures].find(({ retryable }) => retryable)
  return new NanoError(
    last.code,
    `${last.message}; before that, ${failures.map(({ code, message }) => `${code}: ${message}`).join('; ')}`,
    {
      cause: first,
      retryable: patient !== undefined,
      ...(patient?.retryAfter !== undefined && { retryAfter: patient.retryAfter }),
    },
  )
}

/**
 * That of the first one, but with the longest context, because what is too long for one goes to
 * another; unknown when one is.
 */
function commonInfo(first: Driver, drivers: readonly Driver[]): ModelInfo {
  const { contextLength: _own, ...info } = first.info
  const lengths = drivers.flatMap(({ info }) => info.contextLength ?? [])
  return {
    ...info,
    ...(lengths.length === drivers.length && { contextLength: Math.max(...lengths) }),
  }
}

function commonReasoning(drivers: readonly Driver[]): DriverCapabilities['reasoning'] {
  const kinds = new Set(drivers.map(({ capabilities }) => capabilities.reasoning))
  if (kinds.has('always') && kinds.has('never')) {
    throw new TypeError(
      'fallback: one driver always reasons and another never does, so no request is the same on both. Leave one of them out, or use a model that can be switched',
    )
  }
  return kinds.has('always') ? 'always' : kinds.has('never') ? 'never' : 'optional'
}

type Rest = Omit<DriverCapabilities, 'reasoning'>

function common(a: Rest, b: Rest): Rest {
  return {
    reasoningBudget: a.reasoningBudget && b.reasoningBudget,
    sampling: a.sampling.filter((setting) => b.sampling.includes(setting)),
    logprobs: a.logprobs && b.logprobs,
    tools:
      a.tools === b.tools
        ? a.tools
        : a.tools === 'never' || b.tools === 'never'
          ? 'never'
          : 'offered',
    schema: a.schema && b.schema,
    loras: a.loras.filter((lora) => b.loras.includes(lora)),
    continuation: a.continuation && b.continuation,
    controlTokensApart: a.controlTokensApart && b.controlTokensApart,
  }
}
