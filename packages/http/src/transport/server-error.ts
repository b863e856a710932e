import { type ErrorCode, NanoError } from '@nano/core'
import { classifyReport, statusOfReport } from './classify-report.ts'
import { type ErrorReport, parseErrorReport, socketErrorCode } from './error-report.ts'
import { findRetryDelay } from './retry-delay.ts'
import { removeSecrets } from './secrets.ts'
import { markUnsent } from './send-count.ts'

/** What a message names, and what it must not repeat. */
export interface ErrorContext {
  /** Begins the message, for example `http(qwen3-4b)`. */
  readonly label: string
  /** Host and port. */
  readonly host: string
  /** Removed from whatever the server says; the API key is the first of them. */
  readonly secrets: readonly string[]
}

interface ErrorResponse {
  /** Of the request, as it was sent. */
  readonly path: string
  readonly headers: Headers
  readonly body: string
}

const answeredStatuses = new WeakMap<NanoError, number>()

/** The status that an error came from; nothing where the server reported it in another way. */
export function findAnsweredStatus(error: unknown): number | undefined {
  return NanoError.is(error) ? answeredStatuses.get(error) : undefined
}

/** The error that a server reports by its status. */
export function errorOfStatus(
  context: ErrorContext,
  status: number,
  { path, headers, body }: ErrorResponse,
): NanoError {
  const value = parseJson(body)
  // Some bodies are the error itself.
  const report = parseErrorReport(value) ??
    parseErrorReport({ error: value }) ?? {
      message: /^\s*</.test(body) ? 'an HTML page' : body,
      type: '',
    }
  const { code, retryable = false } = classifyReport(status, report)
  const retryAfter =
    parseRetryAfter(headers) ??
    (code === 'rate-limited' ? findRetryDelay(report.message, body) : undefined)
  const error = new NanoError(
    code,
    `${context.label}: ${context.host} answered ${status} to ${path}` +
      describeReport(context, report) +
      adviseCaller(code, report),
    { retryable, ...(retryAfter !== undefined && { retryAfter }) },
  )
  answeredStatuses.set(error, status)
  return isTurnedAway(status) ? markUnsent(error) : error
}

/**
 * The error that a server reports in a body under the status 200, or in the middle of a stream.
 * Returns nothing for a value that is no error; only an error asks for its context.
 */
export function errorInBody(value: unknown, context: () => ErrorContext): NanoError | undefined {
  const report = parseErrorReport(value)
  if (!report) return undefined
  const errorContext = context()
  const status = statusOfReport(value, report)
  const { code, retryable = false } = classifyReport(status, report)
  const retryAfter = code === 'rate-limited' ? findRetryDelay(report.message) : undefined
  const error = new NanoError(
    code,
    `${errorContext.label}: ${errorContext.host} failed` +
      describeReport(errorContext, report) +
      adviseCaller(code, report),
    { retryable, ...(retryAfter !== undefined && { retryAfter }) },
  )
  return isTurnedAway(status) ? markUnsent(error) : error
}

/**
 * Statuses of a server that is busy or not ready, and of proxies that reach none. With 504 and 524,
 * a server may still be working on the request.
 */
const turnedAwayStatuses: readonly number[] = [408, 503, 521, 522, 523, 529]

/** No server failed over the request. */
function isTurnedAway(status: number): boolean {
  return turnedAwayStatuses.includes(status)
}

/** The error of a connection that failed or broke off. An abort is not one of them. */
export function connectionError(
  { label, host }: ErrorContext,
  cause: unknown,
  phase: 'connecting' | 'reading',
): NanoError {
  const code = socketErrorCode(cause)
  const detail = code === undefined ? '' : ` (${code})`
  const message =
    phase === 'connecting'
      ? `cannot reach ${host}${detail}. Check that the server runs at this address`
      : `the connection to ${host} ended in the middle of a reply${detail}`
  return new NanoError('unavailable', `${label}: ${message}`, { cause, retryable: true })
}

function adviseCaller(code: ErrorCode, { promptTokens, contextLength }: ErrorReport): string {
  if (code === 'unauthorized') return '. Set the key with the option apiKey'
  if (code !== 'context-overflow') return ''
  const sizes =
    promptTokens !== undefined && contextLength !== undefined
      ? `: the prompt has ${promptTokens} tokens, ` +
        `and the context has room for ${contextLength}, the reply included`
      : ''
  return `${sizes}. Shorten the conversation, or start the server with a longer context`
}

/** Characters; a longer message holds a page, a trace or a whole prompt. */
const maxReportLength = 400

/** Characters that are searched for secrets; of those, the first are shown. */
const maxExaminedLength = 4_096

function describeReport({ secrets }: ErrorContext, { message }: ErrorReport): string {
  const safeMessage = removeSecrets(message.slice(0, maxExaminedLength), secrets)
  const shortMessage =
    safeMessage.length > maxReportLength ? `${safeMessage.slice(0, maxReportLength)}…` : safeMessage
  return shortMessage.trim() ? ` (${shortMessage.trim()})` : ''
}

/** Milliseconds; from `retry-after-ms`, or from `retry-after` in seconds or as a date. */
function parseRetryAfter(headers: Headers): number | undefined {
  const milliseconds = Number(headers.get('retry-after-ms') ?? NaN)
  if (milliseconds >= 0) return milliseconds
  const value = headers.get('retry-after')
  if (value === null) return undefined
  const seconds = Number(value)
  const delay = Number.isNaN(seconds) ? Date.parse(value) - Date.now() : seconds * 1_000
  return Number.isNaN(delay) ? undefined : Math.max(0, delay)
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}
