import { readTokenCounts, type TokenCounts } from './token-counts.ts'

/** What a server says when it fails, whatever the shape of its answer. */
export interface ErrorReport extends TokenCounts {
  readonly message: string
  /** The server's words for the kind of error: its type, code and reason. */
  readonly type: string
}

type Fields = Readonly<Record<string, unknown>>

/**
 * Reads an error of one of the shapes that servers use: `{error: {message, type}}`,
 * `{error: 'text'}`, `{object: 'error', message}`, `{type: 'error', message}`,
 * `{error: true, message}`, `{code, message}`, `{detail}`, or a list of one of them. Returns
 * nothing for a value of another shape, and for an error that says nothing, which some servers send
 * with each value.
 */
export function parseErrorReport(value: unknown): ErrorReport | undefined {
  const body = asFields(value)
  if (!body) return undefined
  const { error, detail } = body
  const isError =
    error === true ||
    body['object'] === 'error' ||
    (body['type'] === 'error' && 'message' in body) ||
    (typeof body['message'] === 'string' && !('choices' in body) && isFailure(body))
  const fields = asFields(error) ?? (isError ? body : undefined)
  if (fields) {
    const { type, code, status, message = fields['msg'] ?? fields['error'] } = fields
    const report = { message: asText(message), type: joinWords(type, code, status) }
    return report.message || report.type ? { ...report, ...countTokens(fields) } : undefined
  }
  if (typeof error === 'string' && error !== '')
    return {
      message: error,
      type: joinWords(body['error_type'], body['type'], body['code']),
      ...countTokens({ message: error }),
    }
  return detail ? { message: asText(detail), type: '' } : undefined
}

/** Gateways put a code beside each message, also that of a success. */
function isFailure({ code, ...fields }: Fields): boolean {
  if (typeof code === 'string' && !/^\d+$/.test(code)) return !/^(?:success|ok)?$/i.test(code)
  // mistral.rs.
  return Number(code ?? 0) >= 400 || 'partial_response' in fields
}

/** The HTTP status that an error names in its body. */
export function statusInBody(value: unknown): number | undefined {
  const body = asFields(value)
  const { code, status, status_code: statusCode } = asFields(body?.['error']) ?? body ?? {}
  return [code, status, statusCode, body?.['code'], body?.['status']]
    .map(Number)
    .find((number) => Number.isInteger(number) && number >= 400 && number < 600)
}

/** The code of a socket error. Node puts it into `cause` of `fetch failed`; browsers say none. */
export function socketErrorCode(thrown: unknown): string | undefined {
  const error = asFields(thrown)
  const code = asFields(error?.['cause'])?.['code'] ?? error?.['code']
  return typeof code === 'string' ? code : undefined
}

/** llama-server has fields for both counts; other servers write them into the message. */
function countTokens(error: Fields): TokenCounts {
  const { n_prompt_tokens: promptTokens, n_ctx: contextLength } = error
  return typeof promptTokens === 'number' && typeof contextLength === 'number'
    ? { promptTokens, contextLength }
    : readTokenCounts(asText(error['message']))
}

/** The words among some values; numbers are statuses. */
function joinWords(...values: readonly unknown[]): string {
  return values.filter((value) => typeof value === 'string' && /[a-z]/i.test(value)).join(' ')
}

/** Gateways put an error into a list. */
function asFields(value: unknown): Fields | undefined {
  if (Array.isArray(value)) return value.length === 1 ? asFields(value[0]) : undefined
  return typeof value === 'object' && value !== null ? (value as Fields) : undefined
}

function asText(value: unknown): string {
  if (typeof value === 'string') return value
  return value === undefined || value === null ? '' : JSON.stringify(value)
}
