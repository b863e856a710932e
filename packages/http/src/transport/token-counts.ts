/** The sizes that a server names when a prompt is too long. */
export interface TokenCounts {
  /** Tokens of the prompt, where the server says them together with `contextLength`. */
  readonly promptTokens?: number
  /** Tokens of prompt and reply together. */
  readonly contextLength?: number
}

/** A number of tokens, which people write with commas. */
const count = '\\(?(\\d[\\d,]*)\\)?'

/**
 * How servers name the length of the context. A limit of the prompt alone, or of what is left
 * beside the reply, is not one.
 */
const limitPatterns = [
  `(?:maximum|max) (?:context|model|prompt) length (?:is|of)(?: only)? ${count}`,
  `context length (?:is|of)(?: only)? ${count}`,
  `(?:available|max(?:imum)?) context size ${count}`,
  `context (?:length|size) ${count} tokens`,
  `context length:? ${count}`,
  `n_ctx: ${count}`,
  `maximum allowed length ${count}`,
  `maximum number of tokens allowed ${count}`,
  `context limit: \\d+ \\+ \\d+ > ${count}`,
  `> ${count} maximum`,
  `max_(?:model_len|seq_len|num_tokens) (?:of )?${count}`,
  `${count} maximum context length`,
  `must be <= ${count}\\. Given`,
  `configured limit of ${count} tokens`,
  `length is greater than ${count}`,
]

/** How servers name the length of the prompt; the more exact one first. */
const promptPatterns = [
  `\\(${count} (?:in the messages|of text input|input)`,
  `${count} tokens from the input`,
  `(?:request|prompt) has ${count} (?:input )?tokens`,
  `passed ${count} input tokens`,
  `request ${count} tokens\\)?`,
  `\\((\\d[\\d,]*) tokens\\) (?:exceeds|is longer)`,
  `resulted in ${count} tokens`,
  `(?:prompt|request) contains (?:at least )?${count} (?:tokens|input tokens)`,
  `(?:prompt|input)(?: \\(?length)? ${count}`,
  `token count ${count}`,
  `prompt is too long: ${count}`,
  `token_ids length ${count}`,
  `prompt_len ${count}`,
  `n_keep: ${count}`,
  `context limit: ${count}`,
  `Given: ${count} .?inputs`,
  `keep the first ${count} tokens`,
]

/** Reads both sizes from a message, or none: one of them alone would mislead. */
export function readTokenCounts(message: string): TokenCounts {
  const contextLength = findCount(limitPatterns, message)
  const promptTokens = findCount(promptPatterns, message)
  return contextLength === undefined || promptTokens === undefined
    ? {}
    : { promptTokens, contextLength }
}

function findCount(patterns: readonly string[], message: string): number | undefined {
  for (const pattern of patterns) {
    const digits = new RegExp(pattern, 'i').exec(message)?.[1]
    if (digits !== undefined) return Number(digits.replaceAll(',', ''))
  }
  return undefined
}
