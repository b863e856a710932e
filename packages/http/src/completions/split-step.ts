import type { CompletionStep } from './completions-dialect.ts'

/**
 * Splits a step whose text is decoded from its tokens into steps of one token: a busy server sends
 * several tokens at once, of which some may belong to a thought and others to the answer.
 */
export function splitStep(step: CompletionStep): readonly CompletionStep[] {
  const { tokens, logprobs, rawFinishReason, ...fields } = step
  if (tokens.length <= 1 || step.text !== undefined) return [step]
  return tokens.map((token, index) => ({
    ...(index === 0 && fields),
    tokens: [token],
    ...(logprobs && { logprobs: logprobs.slice(index, index + 1) }),
    ...(index === tokens.length - 1 && rawFinishReason !== undefined && { rawFinishReason }),
  }))
}
