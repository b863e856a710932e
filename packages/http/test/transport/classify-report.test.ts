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
    'ollama: a model that is too large for the memory',
    500,
    { error: 'model requires more system memory (17.5 GiB) than is available (7.1 GiB)' },
    { code: 'out-of-memory', retryable: true },
  ],
  [
    'lm-studio: a model that crashed, as a fault of the request',
    400,
    { error: 'The model has crashed without additional information. (Exit code: 6)' },
    { code: 'unavailable', retryable: true },
  ],
  [
    'a gateway: a model that does not exist, by its code alone',
    400,
    { error: { message: 'No.', type: 'invalid_request_error', code: 'model_not_found' } },
    { code: 'not-found' },
  ],
  [
    'a gateway: a model that is being loaded',
    423,
    { error: { message: 'Wait.' } },
    { code: 'unavailable', retryable: true },
  ],
  [
    'ollama: a request that was canceled',
    499,
    { error: 'client closed request' },
    { code: 'unavailable', retryable: true },
  ],
  [
    'a gateway: an account that has not paid',
    400,
    { error: { message: 'Access denied.', type: 'Arrearage', code: 'Arrearage' } },
    { code: 'rate-limited' },
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

const overflow = { code: 'context-overflow' }
const rateLimit = { code: 'rate-limited', retryable: true }
const quota = { code: 'rate-limited' }
const invalid = { code: 'invalid-request' }

it.each<[string, number, object, object]>([
  [
    'a gateway: a limit of tokens a minute, with the status of a body that is too large',
    413,
    {
      message:
        'Request too large for model on tokens per minute (TPM): Limit 6000, Requested 7000, ' +
        'please reduce your message size and try again.',
      code: 'rate_limit_exceeded',
    },
    rateLimit,
  ],
  [
    'anthropic: input tokens a minute',
    429,
    {
      type: 'rate_limit_error',
      message:
        "This request would exceed your organization's rate limit of 30,000 input tokens per " +
        'minute. Reduce the prompt length or the maximum tokens requested, or try again later.',
    },
    rateLimit,
  ],
  [
    'a service: a quota of a minute, in the words of one that is used up',
    429,
    {
      message:
        'You exceeded your current quota, please check your plan and billing details. ' +
        'Please retry in 34.07s.',
      status: 'RESOURCE_EXHAUSTED',
    },
    rateLimit,
  ],
  [
    'a service: exhausted for now',
    429,
    { message: 'Resource has been exhausted (e.g. check quota).', status: 'RESOURCE_EXHAUSTED' },
    rateLimit,
  ],
  [
    'litellm: a rate limit under another status',
    400,
    { message: 'litellm.RateLimitError: OpenAIException - slow down', type: 'throttling_error' },
    rateLimit,
  ],
  [
    'litellm: no deployment for now',
    429,
    { message: 'No deployments available for selected model, Try again in 5 seconds.' },
    rateLimit,
  ],
  [
    'a gateway: throttled by tokens',
    400,
    { message: 'ThrottlingException: Too many tokens, please wait before trying again.' },
    rateLimit,
  ],
  ['tgi: overloaded', 429, { message: 'Model is overloaded', type: 'overloaded' }, rateLimit],
  [
    'litellm: a budget',
    400,
    { message: 'Budget has been exceeded! Current cost: 1.1', type: 'budget_exceeded' },
    quota,
  ],
  [
    'ollama: a limit of a week',
    429,
    { message: 'you have reached your weekly usage limit, upgrade for higher limits' },
    quota,
  ],
  [
    'anthropic: a balance',
    400,
    { message: 'Your credit balance is too low. Please go to Plans & Billing.' },
    quota,
  ],
  ['a gateway: out of calls', 403, { message: 'Out of call volume quota.' }, quota],
  ['a gateway: the limit of a key', 403, { message: 'Key limit exceeded (total limit).' }, quota],
  [
    'a service: a limit of spending',
    403,
    { message: 'Your team has used all available credits or reached its monthly spending limit.' },
    quota,
  ],
  [
    'a service: a wrong key, with a link to the bills',
    401,
    { message: 'Incorrect API key provided. You can find yours beside your billing details.' },
    { code: 'unauthorized' },
  ],
  [
    'litellm: an overflow by its name',
    400,
    { message: 'litellm.ContextWindowExceededError: OpenAIException - prompt length' },
    overflow,
  ],
  [
    'anthropic: an overflow',
    400,
    {
      type: 'invalid_request_error',
      message: 'prompt is too long: 205000 tokens > 200000 maximum',
    },
    overflow,
  ],
  [
    'mistral.rs: a model that is being loaded',
    409,
    { message: 'Model m is reloading', code: 'model_state_conflict' },
    { code: 'unavailable', retryable: true },
  ],
  [
    'a field that is named for the context',
    400,
    { message: "Unknown field 'context_size'" },
    invalid,
  ],
  [
    'anthropic: a body of too many bytes',
    413,
    { type: 'request_too_large', message: 'No.' },
    invalid,
  ],
])('%s', (_, status, error, expected) => {
  const report = parseErrorReport({ error }) ?? { message: '', type: '' }
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
