import type { GenerateResult, TokenLogprob } from '@nano/core'

/** Facts of a reply that its result does not hold. */
interface CompletionFacts {
  readonly id: string
  readonly model: string
  /** Seconds since 1970. */
  readonly created: number
}

/** A reply as the body of a chat completion. The thought is `reasoning_content`. */
export function writeChatCompletion(
  { text, reasoning, toolCalls, finishReason, usage, logprobs }: GenerateResult,
  { id, model, created }: CompletionFacts,
): object {
  const { input, output, cachedInput, reasoning: reasoningTokens } = usage
  return {
    id,
    object: 'chat.completion',
    created,
    model,
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: text === '' && toolCalls.length > 0 ? null : text,
          ...(reasoning && { reasoning_content: reasoning }),
          ...(toolCalls.length > 0 && {
            tool_calls: toolCalls.map((call) => ({
              id: call.id,
              type: 'function',
              function: { name: call.name, arguments: JSON.stringify(call.input) },
            })),
          }),
        },
        logprobs: logprobs ? { content: logprobs.map(writeLogprob) } : null,
        finish_reason: finishReasons[finishReason],
      },
    ],
    usage: {
      ...(input !== undefined && { prompt_tokens: input }),
      ...(output !== undefined && { completion_tokens: output }),
      ...(input !== undefined && output !== undefined && { total_tokens: input + output }),
      ...(cachedInput !== undefined && { prompt_tokens_details: { cached_tokens: cachedInput } }),
      ...(reasoningTokens !== undefined && {
        completion_tokens_details: { reasoning_tokens: reasoningTokens },
      }),
    },
  }
}

const finishReasons: Readonly<Record<GenerateResult['finishReason'], string>> = {
  stop: 'stop',
  length: 'length',
  'tool-calls': 'tool_calls',
  'content-filter': 'content_filter',
  other: 'stop',
}

function writeLogprob({ text, logprob, top }: TokenLogprob): object {
  return {
    ...writeToken(text, logprob),
    top_logprobs: top.map((t) => writeToken(t.text, t.logprob)),
  }
}

function writeToken(token: string, logprob: number): object {
  return { token, logprob, bytes: [...new TextEncoder().encode(token)] }
}
