/** What a server says when it fails, whatever the shape of its answer. */
export interface ErrorReport {
  readonly message: string
  readonly type: string
  /** Tokens of the prompt, where the server says them together with `contextLength`. */
  readonly promptTokens?: number
  readonly contextLength?: number
}

type Fields = Readonly<Record<string, unknown>>

/**
 * Reads an error of one of the shapes that servers use: `{error: {message, type}}`,
 * `{error: 'text'}`, `{object: 'error', message}` or `{detail}`. Returns nothing for a value of
 * another shape.
 */
export function parseErrorReport(value: unknown): ErrorReport | undefined {
  const body = asFields(value)
  if (!body) return undefined
  const { error, detail } = body
  const errorFields = asFields(error) ?? (body['object'] === 'error' ? body : undefined)
  if (errorFields)
    return {
      message: asText(errorFields['message']),
      type: asText(errorFields['type']),
      ...parseTokenCounts(errorFields),
    }
  if (typeof error === 'string')
    return {
      message: error,
      type: asText(body['error_type']),
      ...parseTokenCounts({ message: error }),
    }
  if (detail !== undefined) return { message: asText(detail), type: '' }
  return undefined
}

/** The HTTP status that an error names in its body. */
export function statusInBody(value: unknown): number | undefined {
  const body = asFields(value)
  const code = (asFields(body?.['error']) ?? body)?.['code']
  const status = Number(code)
  return Number.isInteger(status) && status >= 400 && status < 600 ? status : undefined
}

/** The code of a socket error. Node puts it into `cause` of `fetch failed`; browsers say none. */
export function socketErrorCode(thrown: unknown): string | undefined {
  const error = asFields(thrown)
  const code = asFields(error?.['cause'])?.['code'] ?? error?.['code']
  return typeof code === 'string' ? code : undefined
}

const limitPattern = new RegExp(
  '(?:maximum (?:context|input|model) length (?:is|of)|max_model_len of|' +
    'context (?:length|size) (?:is|of)?) ?\\(?(\\d+)',
  'i',
)
const messageTokensPattern = /\((\d+) (?:in the messages|tokens?|input)/i
const promptTokensPattern = new RegExp(
  '(?:prompt|input|requested|contains|resulted in|length of)(?: contains)?(?: at least)? ' +
    '\\(?(\\d+)\\)? ?(?:input )?(?:tokens|characters)?',
  'i',
)

/** llama-server has fields for both counts; other servers write them into the message. */
function parseTokenCounts(error: Fields): Pick<ErrorReport, 'promptTokens' | 'contextLength'> {
  const { n_prompt_tokens: promptTokens, n_ctx: contextLength } = error
  if (typeof promptTokens === 'number' && typeof contextLength === 'number')
    return { promptTokens, contextLength }
  const message = asText(error['message'])
  const limitMatch = limitPattern.exec(message)
  const promptMatch = messageTokensPattern.exec(message) ?? promptTokensPattern.exec(message)
  return limitMatch && promptMatch
    ? { promptTokens: Number(promptMatch[1]), contextLength: Number(limitMatch[1]) }
    : {}
}

function asFields(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Fields)
    : undefined
}

function asText(value: unknown): string {
  if (typeof value === 'string') return value
  return value === undefined || value === null ? '' : JSON.stringify(value)
}
