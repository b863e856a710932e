import { type FinishReason, NanoError } from '@nano/core'

/**
 * What servers call each finish reason, in lower case with `_` between words. A word has one
 * meaning on all of them; any other word is `other`.
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
  end_turn: 'stop',
  complete: 'stop',
  length: 'length',
  max_tokens: 'length',
  max_output_tokens: 'length',
  // The end of the context.
  model_length: 'length',
  model_context_window_exceeded: 'length',
  context_length_exceeded: 'length',
  error_limit: 'length',
  tool_calls: 'tool-calls',
  tool_call: 'tool-calls',
  tool_use: 'tool-calls',
  // OpenAI, before `tool_calls`.
  function_call: 'tool-calls',
  content_filter: 'content-filter',
  refusal: 'content-filter',
  safety: 'content-filter',
  sensitive: 'content-filter',
  content_filtered: 'content-filter',
  guardrail_intervened: 'content-filter',
  blocklist: 'content-filter',
  prohibited_content: 'content-filter',
  recitation: 'content-filter',
  error_toxic: 'content-filter',
}

/**
 * What servers say after they broke a reply off: vLLM and SGLang `abort`, vLLM and Mistral `error`,
 * TensorRT-LLM `cancelled` and `timeout`, mistral.rs `canceled`, hosted services the others.
 */
const failures: readonly string[] = [
  'abort',
  'aborted',
  'error',
  'failed',
  'cancelled',
  'canceled',
  'timeout',
  'user_cancel',
  'network_error',
  'server_error',
  'internal_error',
  'engine_error',
  'upstream_error',
  'insufficient_system_resource',
]

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
  const word = raw.toLowerCase().replaceAll(/[\s-]+/g, '_')
  if (failures.includes(word))
    throw new NanoError('unavailable', `${label}: the server broke the reply off (${raw})`, {
      retryable: true,
    })
  return Object.hasOwn(finishReasons, word) ? (finishReasons[word] ?? 'other') : 'other'
}
