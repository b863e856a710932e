import type { ErrorCode } from '@nano/core'
import { type ErrorReport, statusInBody } from './error-report.ts'

/** What an error of a server means to the caller. */
export interface Classification {
  readonly code: ErrorCode
  readonly retryable?: boolean
}

const byStatus: Readonly<Record<number, Classification>> = {
  401: { code: 'unauthorized' },
  403: { code: 'unauthorized' },
  404: { code: 'not-found' },
  405: { code: 'not-found' },
  408: { code: 'unavailable', retryable: true },
  424: { code: 'unavailable', retryable: true },
  429: { code: 'rate-limited', retryable: true },
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
const quotaPattern =
  /insufficient.?(quota|credit|balance|funds)|exceeded your current quota|payment required|billing/i
const rateLimitPattern = /rate.?limit/i

/** How servers say that a prompt is longer than the context. */
const overflowPattern = new RegExp(
  [
    'exceed_context_size',
    'context[ _-]?(length|size|window|limit)',
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
    'reduce the length of the (messages|prompt|input)',
  ].join('|'),
  'i',
)
const memoryPattern = /out of memory/i
const unsupportedPattern = /does not support|not supported|no longer supported|unsupported/i

/** Reads the server's words first: gateways send an error of another server as one of their own. */
export function classifyReport(status: number, { message, type }: ErrorReport): Classification {
  const text = `${type} ${message}`
  if (status === 402 || quotaPattern.test(text)) return { code: 'rate-limited' }
  // A service that limits the rate may advise about the context window.
  if (status === 429 || rateLimitPattern.test(type))
    return { code: 'rate-limited', retryable: true }
  if (overflowPattern.test(text)) return { code: 'context-overflow' }
  if (memoryPattern.test(text)) return { code: 'out-of-memory', retryable: true }
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
