import type { ErrorCode } from '@nano/core'
import { type ErrorReport, statusInBody } from './error-report.ts'
import { findRetryDelay } from './retry-delay.ts'

/** What an error of a server means to the caller. */
export interface Classification {
  readonly code: ErrorCode
  readonly retryable?: boolean
}

const byStatus: Readonly<Record<number, Classification>> = {
  403: { code: 'unauthorized' },
  404: { code: 'not-found' },
  405: { code: 'not-found' },
  408: { code: 'unavailable', retryable: true },
  // The model is being loaded.
  409: { code: 'unavailable', retryable: true },
  423: { code: 'unavailable', retryable: true },
  424: { code: 'unavailable', retryable: true },
  425: { code: 'unavailable', retryable: true },
  429: { code: 'rate-limited', retryable: true },
  // The request was canceled.
  499: { code: 'unavailable', retryable: true },
  501: { code: 'unsupported' },
}

/** Statuses by the words of servers that name the kind of an error without its status. */
const statusByType: readonly (readonly [type: RegExp, status: number])[] = [
  [/rate.?limit|too.?many.?requests|resource.?exhausted/i, 429],
  [/overloaded|unavailable/i, 503],
  [/authenticat|unauthorized|api.?key|permission|forbidden/i, 401],
  [/not.?found/i, 404],
  [/not.?supported/i, 501],
  [/time.?out/i, 408],
  [/invalid|bad.?request|validation/i, 400],
]

/** Waiting gives no quota back. */
const quotaPattern = new RegExp(
  [
    'insufficient.?(quota|credit|balance|funds)',
    'exceeded.(your.)?current.quota',
    'out of call volume quota',
    'payment required',
    'credit balance is too low',
    '(used|exceeded).{0,40}credits',
    'budget.{0,20}exceeded',
    '(spending|usage) limit',
    'key limit exceeded',
    'arrearage',
    'billing.?(hard.?limit|not.?active|details)',
  ].join('|'),
  'i',
)
const rateLimitPattern = /rate.?limit/i
/** Gateways repeat the name of an error in its message, under any status. */
const rateLimitMessage = /RateLimitError|ThrottlingException|rate limit (reached|exceeded)/i

/** How servers say that a prompt is longer than the context. */
const overflowPattern = new RegExp(
  [
    'context[ _-]?(length|size|window|limit).*(exceed|long|larg|great|maxim|only|limit|adjust)',
    '(exceed|long|larg|great|maxim|only|overflow).*context[ _-]?(length|size|window|limit)',
    'longer than the (maximum|model)',
    'max_model_len',
    'max_seq_len',
    'max_num_tokens',
    'must be <= \\d+. Given',
    'must have less than \\d+ tokens',
    '(prompt|input) is too long',
    'prompt too long',
    'exceeds? the maximum allowed length',
    'maximum number of tokens allowed',
    'maximum prompt length',
    'exceed the configured limit of \\d+ tokens',
    'sequence length is greater than',
    'token count of \\d+ exceeds',
    'too many tokens',
    'exceeded model token limit',
    'range of input length should be',
    'prompt exceeds max length',
    'length of input_ids is',
    'string_above_max_length',
    'reduce the length of the (messages|prompt|input)',
  ].join('|'),
  'i',
)
const memoryPattern = new RegExp(
  'out of memory|(requires more|insufficient|not enough|no available).{0,20} memory|' +
    '(failed|unable) to allocate',
  'i',
)
/** A model that broke down, whatever the status says. */
const crashPattern =
  /\b(model|engine|runner|process) (has |was )?(crashed|terminated|died|unloaded)/i
const unsupportedPattern = /does not support|not supported|no longer supported|unsupported/i

/** Reads the server's words first: gateways send an error of another server as one of their own. */
export function classifyReport(status: number, { message, type }: ErrorReport): Classification {
  const text = `${type} ${message}`
  if (status === 401) return { code: 'unauthorized' }
  if (status === 402 || quotaPattern.test(text)) {
    // A quota of a minute comes back.
    const comesBack = findRetryDelay(message) !== undefined
    return { code: 'rate-limited', ...(comesBack && { retryable: true }) }
  }
  // A service that limits the rate may advise about the context window.
  if (status === 429 || rateLimitPattern.test(type) || rateLimitMessage.test(message))
    return { code: 'rate-limited', retryable: true }
  if (overflowPattern.test(text)) return { code: 'context-overflow' }
  if (memoryPattern.test(text)) return { code: 'out-of-memory', retryable: true }
  if (/model.?not.?found/i.test(type)) return { code: 'not-found' }
  if (crashPattern.test(message)) return { code: 'unavailable', retryable: true }
  const knownStatus = byStatus[status]
  if (knownStatus) return knownStatus
  if (status >= 500) return { code: 'unavailable', retryable: true }
  return { code: unsupportedPattern.test(text) ? 'unsupported' : 'invalid-request' }
}

/** The status of an error in a body: what the body says, else what its kind has elsewhere. */
export function statusOfReport(value: unknown, { type }: ErrorReport): number {
  const status = statusInBody(value) ?? statusByType.find(([words]) => words.test(type))?.[1]
  return status ?? 500
}
