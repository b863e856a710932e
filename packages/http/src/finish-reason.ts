import { type FinishReason, NanoError } from '@nano/core'

/**
 * What servers call each finish reason. A word has one meaning on all of them; any other word is
 * `other`.
 */
const finishReasons: Readonly<Record<string, FinishReason>> = {
  stop: 'stop',
  // Text Generation Inference.
  eos_token: 'stop',
  stop_sequence: 'stop',
  // llama-server's completions; `word` is a stop string.
  eos: 'stop',
  word: 'stop',
  limit: 'length',
  // Hosted services that speak OpenAI's protocol.
  stop_token: 'stop',
  length: 'length',
  max_tokens: 'length',
  // Mistral: the end of the context.
  model_length: 'length',
  tool_calls: 'tool-calls',
  tool_call: 'tool-calls',
  // OpenAI, before `tool_calls`.
  function_call: 'tool-calls',
  content_filter: 'content-filter',
}

/**
 * What servers say after they broke a reply off: vLLM and SGLang `abort`, vLLM and Mistral `error`,
 * TensorRT-LLM `cancelled` and `timeout`.
 */
const failures: readonly string[] = ['abort', 'error', 'cancelled', 'timeout']

/**
 * Translates a server's finish reason. Throws `bad-output` where the server sent none, and
 * `unavailable` where it broke the reply off.
 */
export function parseFinishReason(raw: string | undefined, label: string): FinishReason {
  if (raw === undefined)
    throw new NanoError(
      'bad-output',
      `${label}: the server ended the stream without a finish reason`,
      { retryable: true },
    )
  if (failures.includes(raw))
    throw new NanoError('unavailable', `${label}: the server broke the reply off (${raw})`, {
      retryable: true,
    })
  return Object.hasOwn(finishReasons, raw) ? (finishReasons[raw] ?? 'other') : 'other'
}
