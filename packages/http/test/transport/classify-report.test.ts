import type { NanoError } from '@nano/core'
import { expect, it } from 'vitest'
import { classifyReport, statusOfReport } from '../../src/transport/classify-report.ts'
import { parseErrorReport } from '../../src/transport/error-report.ts'

// Written from what servers and gateways are known to say, never captured.
it.each<[string, number, unknown, Partial<NanoError>]>([
  [
    'sglang: a prompt that is too long, in its own words',
    400,
    {
      object: 'error',
      message: 'Input length (700001 tokens) exceeds the maximum allowed length (536826 tokens).',
      type: 'BadRequestError',
      code: 400,
    },
    { code: 'context-overflow' },
  ],
  [
    'a gateway: a prompt that is too long, by its code alone',
    400,
    { error: { message: 'Please try less.', code: 'context_length_exceeded' } },
    { code: 'context-overflow' },
  ],
  [
    'a gateway: a rate limit that mentions the context window',
    429,
    { error: { message: 'Too many tokens a minute for this context window' } },
    { code: 'rate-limited', retryable: true },
  ],
  [
    'a gateway: a rate limit under another status',
    400,
    { error: { message: 'Request too large', code: 'rate_limit_exceeded' } },
    { code: 'rate-limited', retryable: true },
  ],
  [
    'a gateway: a quota that is used up',
    429,
    { error: { message: 'You exceeded your current quota', code: 'insufficient_quota' } },
    { code: 'rate-limited' },
  ],
  [
    'a gateway: nothing is paid',
    402,
    { error: { message: 'Insufficient credits' } },
    { code: 'rate-limited' },
  ],
])('%s', (_, status, body, expected) => {
  const report = parseErrorReport(body) ?? { message: '', type: '' }
  expect(classifyReport(status, report)).toEqual(expected)
})

it.each([
  ['rate_limit_error', 'rate-limited'],
  ['RESOURCE_EXHAUSTED', 'rate-limited'],
  ['overloaded_error', 'unavailable'],
  ['authentication_error', 'unauthorized'],
  ['NotFoundError', 'not-found'],
  ['not_supported_error', 'unsupported'],
  ['BadRequestError', 'invalid-request'],
  ['InternalServerError', 'unavailable'],
])('an error of a body that says no status has that of its type: %s is %s', (type, code) => {
  const body = { error: { message: 'No.', type } }
  const report = parseErrorReport(body) ?? { message: '', type: '' }
  expect(classifyReport(statusOfReport(body, report), report).code).toBe(code)
})
