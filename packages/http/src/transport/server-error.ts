import { type ErrorCode, NanoError } from '@nano/core'

/** Who failed, and what must not be repeated. */
export interface Speaker {
  /** For messages, e.g. `http(qwen3-4b)`. */
  readonly who: string
  /** Host and port. */
  readonly host: string
  /** Cut out of whatever the server says: the key first of all. */
  readonly secrets: readonly string[]
}

/** What a server says when it fails, whatever the shape. */
interface Complaint {
  readonly message: string
  readonly type: string
  /** Of the prompt and of the context, where it says them. */
  readonly tokens?: number
  readonly contextLength?: number
}

/** An error the server reports by its status. */
export function fromStatus(
  speaker: Speaker,
  status: number,
  { headers, body }: { readonly headers: Headers; readonly body: string },
): NanoError {
  const said = complaint(parsed(body)) ?? {
    message: /^\s*</.test(body) ? 'a page of HTML' : body,
    type: '',
  }
  const { code, retryable = false } = meaning(status, said)
  const retryAfter = pause(headers)
  return new NanoError(
    code,
    `${speaker.who}: ${speaker.host} answered ${status}${detail(speaker, said)}${advice(code, said)}`,
    { retryable, ...(retryAfter !== undefined && { retryAfter }) },
  )
}

/**
 * An error in a body under the status 200, also in the middle of a stream; nothing where the value
 * is no error.
 */
export function fromBody(value: unknown, speaking: () => Speaker): NanoError | undefined {
  const said = complaint(value)
  if (!said) return undefined
  const speaker = speaking()
  const status = statusIn(value)
  const { code, retryable = false } = meaning(status ?? 500, said)
  return new NanoError(
    code,
    `${speaker.who}: ${speaker.host} failed${detail(speaker, said)}${advice(code, said)}`,
    { retryable },
  )
}

/** A connection that could not be made, or died. Abort is its own reason, and none of these. */
export function fromConnection(
  { who, host }: Speaker,
  cause: unknown,
  doing: 'connecting' | 'reading',
): NanoError {
  const reason = reasonOf(cause)
  const what =
    doing === 'connecting'
      ? `cannot reach ${host}${reason}. Is the server running, and is this its address?`
      : `the connection to ${host} ended in the middle of a reply${reason}`
  return new NanoError('unavailable', `${who}: ${what}`, { cause, retryable: true })
}

interface Meaning {
  readonly code: ErrorCode
  readonly retryable?: boolean
}

const statuses: Readonly<Record<number, Meaning>> = {
  401: { code: 'unauthorized' },
  403: { code: 'unauthorized' },
  404: { code: 'not-found' },
  405: { code: 'not-found' },
  408: { code: 'unavailable', retryable: true },
  424: { code: 'unavailable', retryable: true },
  429: { code: 'rate-limited', retryable: true },
  501: { code: 'unsupported' },
}

const overflow =
  /exceed_context_size|context[ _-](length|size|window)|longer than the maximum|max_model_len|max_seq_len|max_num_tokens|must be <= \d+. Given|prompt is too long/i

function meaning(status: number, { message, type }: Complaint): Meaning {
  const said = `${type} ${message}`
  if (overflow.test(said)) return { code: 'context-overflow' }
  if (/out of memory/i.test(said)) return { code: 'out-of-memory', retryable: true }
  const known = statuses[status]
  if (known) return known
  if (status >= 500) return { code: 'unavailable', retryable: true }
  return {
    code: /does not support|not supported|no longer supported|unsupported/i.test(said)
      ? 'unsupported'
      : 'invalid-request',
  }
}

function advice(code: ErrorCode, { tokens, contextLength }: Complaint): string {
  if (code === 'unauthorized') return '. Give the key with the option apiKey'
  if (code !== 'context-overflow') return ''
  const sizes =
    tokens !== undefined && contextLength !== undefined
      ? `: the prompt has ${tokens} tokens, and prompt and reply together have room for ${contextLength}`
      : ''
  return `${sizes}. Shorten the conversation, or start the server with a longer context`
}

/** Longer ones hold a page, a trace or a whole prompt. */
const longestDetail = 400

function detail({ secrets }: Speaker, { message }: Complaint): string {
  // The longest first, or what is left of a longer one would stay.
  const hidden = secrets
    .filter(Boolean)
    .sort((a, b) => b.length - a.length)
    .reduce((text, secret) => text.replaceAll(secret, '…'), message)
  const short = hidden.length > longestDetail ? `${hidden.slice(0, longestDetail)}…` : hidden
  return short.trim() ? ` (${short.trim()})` : ''
}

type Fields = Readonly<Record<string, unknown>>

function fields(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Fields)
    : undefined
}

/**
 * `{error: {message, type}}`, `{error: text}`, `{object: 'error', message}`, `{detail}`: what
 * OpenAI's imitators have made of it.
 */
function complaint(value: unknown): Complaint | undefined {
  const whole = fields(value)
  if (!whole) return undefined
  const inner = fields(whole['error']) ?? (whole['object'] === 'error' ? whole : undefined)
  if (inner) return { message: text(inner['message']), type: text(inner['type']), ...sizes(inner) }
  if (typeof whole['error'] === 'string')
    return {
      message: whole['error'],
      type: text(whole['error_type']),
      ...sizes({ message: whole['error'] }),
    }
  if (whole['detail'] !== undefined) return { message: text(whole['detail']), type: '' }
  return undefined
}

function text(value: unknown): string {
  return typeof value === 'string'
    ? value
    : value === undefined || value === null
      ? ''
      : JSON.stringify(value)
}

/** llama-server has fields for them; others only say them. */
function sizes(said: Fields): Pick<Complaint, 'tokens' | 'contextLength'> {
  const { n_prompt_tokens: tokens, n_ctx: contextLength } = said
  if (typeof tokens === 'number' && typeof contextLength === 'number')
    return { tokens, contextLength }
  const message = text(said['message'])
  const longest =
    /(?:maximum (?:context|input|model) length (?:is|of)|max_model_len of|context (?:length|size) (?:is|of)?) ?\(?(\d+)/i.exec(
      message,
    )
  const asked =
    /\((\d+) (?:in the messages|tokens?|input)/i.exec(message) ??
    /(?:prompt|input|requested|contains|resulted in|length of)(?: contains)?(?: at least)? \(?(\d+)\)? ?(?:input )?(?:tokens|characters)?/i.exec(
      message,
    )
  return longest && asked ? { tokens: Number(asked[1]), contextLength: Number(longest[1]) } : {}
}

function statusIn(value: unknown): number | undefined {
  const whole = fields(value)
  const code = (fields(whole?.['error']) ?? whole)?.['code']
  const status = Number(code)
  return Number.isInteger(status) && status >= 400 && status < 600 ? status : undefined
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}

/** Milliseconds; from `retry-after-ms`, or `retry-after` in seconds or as a date. */
function pause(headers: Headers): number | undefined {
  const milliseconds = Number(headers.get('retry-after-ms') ?? NaN)
  if (milliseconds >= 0) return milliseconds
  const asked = headers.get('retry-after')
  if (asked === null) return undefined
  const seconds = Number(asked)
  const wait = Number.isNaN(seconds) ? Date.parse(asked) - Date.now() : seconds * 1_000
  return Number.isNaN(wait) ? undefined : Math.max(0, wait)
}

/** Node tells the cause of `fetch failed` one level down; browsers tell nothing. */
function reasonOf(cause: unknown): string {
  const code = fields(fields(cause)?.['cause'])?.['code'] ?? fields(cause)?.['code']
  return typeof code === 'string' ? ` (${code})` : ''
}
