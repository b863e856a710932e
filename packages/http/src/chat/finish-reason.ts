import { type FinishReason, NanoError } from '@nano/core'

/** What servers call each finish reason. */
const finishReasons: Readonly<Record<string, FinishReason>> = {
  stop: 'stop',
  // Text Generation Inference.
  eos_token: 'stop',
  stop_sequence: 'stop',
  eos: 'stop',
  stop_token: 'stop',
  length: 'length',
  max_tokens: 'length',
  tool_calls: 'tool-calls',
  tool_call: 'tool-calls',
  // OpenAI's older name.
  function_call: 'tool-calls',
}

/** What servers say after they broke a reply off. */
const failures: readonly string[] = ['abort', 'error']

/**
 * Translates a server's finish reason. Throws `bad-output` where the server gave none, and
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
  return finishReasons[raw] ?? 'stop'
}
