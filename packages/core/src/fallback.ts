import type { DriverCapabilities } from './capabilities.ts'
import type { Driver, ModelInfo } from './driver/driver.ts'
import { type ErrorCode, NanoError } from './error.ts'
import { withCapabilityCheck } from './driver/check-capabilities.ts'

/**
 * Codes that send a call to the next driver. Every other error would repeat there, or is one that
 * the caller has to fix.
 */
const movingCodes: readonly ErrorCode[] = [
  'unavailable',
  'unauthorized',
  'rate-limited',
  'timeout',
  'out-of-memory',
  'not-found',
  'bad-model',
]

/**
 * Makes one driver of several. A call goes to the first driver. It goes to the next one when the
 * first fails before its first part with an error that another model may not have, or when the
 * prompt is longer than its context. A `Model` can stand for a driver: `new Model(fallback(near,
 * far))`.
 *
 * The result claims what all drivers claim. With a driver that always reasons, all are asked to
 * reason; with a driver that never does, none is. It has no `tokenize`, `countTokens` or `render`,
 * which would be exact for one driver only. When all fail, the last error is thrown, with the first
 * one as its cause. Throws a `TypeError` for drivers that no request fits: one always reasons and
 * another never does, or one only chats and another only completes texts.
 */
export function fallback(first: Driver, ...others: readonly Driver[]): Driver {
  const drivers = [first, ...others]
  if (Array.isArray(first))
    throw new TypeError(
      'fallback: expected drivers, got a list. Did you mean fallback(...drivers)?',
    )
  if (
    !drivers.every(
      (driver: unknown) => typeof driver === 'object' && driver !== null && 'stream' in driver,
    )
  )
    throw new TypeError('fallback: expected drivers. Did you mean fallback(near, far)?')

  assertCommonInput(drivers)
  const reasoning = commonReasoning(drivers)
  const checkedDrivers = drivers.map(withCapabilityCheck)
  return {
    name: `fallback(${drivers.map(({ name }) => name).join(', ')})`,
    capabilities: {
      ...others
        .map(({ capabilities }) => capabilities)
        .reduce<ClaimsButReasoning>(
          commonClaims,
          commonClaims(first.capabilities, first.capabilities),
        ),
      reasoning,
      ...(reasoning === 'never' && { reasoningBudget: false }),
    },
    info: commonInfo(first, drivers),

    async *stream(request, call) {
      const failures: NanoError[] = []
      let next = 0
      for (const [index, driver] of checkedDrivers.entries()) {
        if (index < next) continue
        let hasEmitted = false
        try {
          for await (const part of driver.stream(request, call)) {
            hasEmitted = true
            yield part
          }
          return
        } catch (error) {
          // A driver may have failed because it was stopped; the next one would only start in vain.
          call.signal.throwIfAborted()
          if (!NanoError.is(error)) throw error
          next = hasEmitted
            ? -1
            : checkedDrivers.findIndex(
                (otherDriver, at) => at > index && canTakeOver(otherDriver, driver, error.code),
              )
          if (next < 0) throw joinFailures(error, failures)
          failures.push(error)
        }
      }
    },

    async close() {
      const outcomes = await Promise.allSettled(checkedDrivers.map((driver) => driver.close()))
      const failedClose = outcomes.find((result) => result.status === 'rejected')
      if (failedClose) throw failedClose.reason
    },
  }
}

function canTakeOver(otherDriver: Driver, failedDriver: Driver, code: ErrorCode): boolean {
  if (code !== 'context-overflow') return movingCodes.includes(code)
  const [longer, short] = [otherDriver.info.contextLength, failedDriver.info.contextLength]
  return longer === undefined || short === undefined || longer > short
}

/**
 * The last error, with the earlier ones in its message. It is retryable where any of them is.
 */
function joinFailures(last: NanoError, failures: readonly NanoError[]): NanoError {
  const [first] = failures
  if (!first) return last
  const earlierFailures = failures.map(({ code, message }) => `${code}: ${message}`)
  const retryableFailure = [last, ...failures].find(({ retryable }) => retryable)
  return new NanoError(last.code, `${last.message}; before that, ${earlierFailures.join('; ')}`, {
    cause: first,
    retryable: retryableFailure !== undefined,
    ...(retryableFailure?.retryAfter !== undefined && { retryAfter: retryableFailure.retryAfter }),
  })
}

/**
 * The info of the first driver, with the longest context of all: a prompt that is too long for one
 * driver goes to another. The length is absent where one driver does not know its own.
 */
function commonInfo(first: Driver, drivers: readonly Driver[]): ModelInfo {
  const { contextLength: _firstLength, ...info } = first.info
  const lengths = drivers.flatMap(({ info }) => info.contextLength ?? [])
  return {
    ...info,
    ...(lengths.length === drivers.length && { contextLength: Math.max(...lengths) }),
  }
}

function assertCommonInput(drivers: readonly Driver[]): void {
  const allClaim = (claim: 'chat' | 'completion') =>
    drivers.every(({ capabilities }) => capabilities[claim])
  if (allClaim('chat') || allClaim('completion')) return
  throw new TypeError(
    'fallback: one driver does not chat and another does not complete texts, so no request fits ' +
      'all of them. Leave one of them out',
  )
}

function commonReasoning(drivers: readonly Driver[]): DriverCapabilities['reasoning'] {
  const kinds = new Set(drivers.map(({ capabilities }) => capabilities.reasoning))
  if (kinds.has('always') && kinds.has('never')) {
    throw new TypeError(
      'fallback: one driver always reasons and another never does, so no request is the same on ' +
        'both. Leave one of them out, or use a model that can be switched',
    )
  }
  return kinds.has('always') ? 'always' : kinds.has('never') ? 'never' : 'optional'
}

type ClaimsButReasoning = Omit<DriverCapabilities, 'reasoning'>

function commonClaims(a: ClaimsButReasoning, b: ClaimsButReasoning): ClaimsButReasoning {
  return {
    chat: a.chat && b.chat,
    completion: a.completion && b.completion,
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
