import type { CompletionOptions, Increment, PrefillStats, Steering } from '@nano/chat/engine'
import { NanoError } from '@nano/core'
import { decodeValue } from '../decode-value.ts'
import { parseFinishReason } from '../finish-reason.ts'
import { withRandomSeed } from '../sampling.ts'
import type { ModelTokenizer } from '../tokenizer/model-tokenizer.ts'
import type { HttpClient } from '../transport/http-client.ts'
import type { ValueStream } from '../transport/value-stream.ts'
import type { CompletionsDialect, CompletionStep } from './completions-dialect.ts'
import { splitStep } from './split-step.ts'
import { stepReader } from './step-reader.ts'

/** The server and the model that complete a prompt. */
export interface CompletionServer {
  readonly client: HttpClient
  /** The name that requests use. */
  readonly model: string
  readonly dialect: CompletionsDialect
  readonly tokenizer: ModelTokenizer
}

interface CompletionInput {
  readonly prompt: readonly number[]
  readonly options: CompletionOptions
  /** Another completion precedes it, which has reported the prompt's progress and timings. */
  readonly isContinuation: boolean
}

/** A completion that its reader steered. */
export interface SteeredCompletion {
  /** The tokens that precede the increment which `steering` replaces. */
  readonly tokens: readonly number[]
  readonly steering: Steering
}

/** Streams one completion. Returns how it was steered, or nothing at the end of the reply. */
export async function* streamCompletion(
  server: CompletionServer,
  { prompt, options, isContinuation }: CompletionInput,
): AsyncGenerator<Increment, SteeredCompletion | undefined, Steering | undefined> {
  const { client } = server
  const reader = stepReader(server.tokenizer, { ...options, previousToken: prompt.at(-1) })
  const startedAt = performance.now()
  let prefillStartedAt: number | undefined
  let cachedInput: number | undefined
  /** What the first increment says of the prompt; a continuation says nothing. */
  let start: PrefillStats | undefined = isContinuation ? {} : undefined
  const sampledTokens: number[] = []
  /**
   * An increment without text: the token is the one that ends the turn, or a control token. The
   * next step tells which.
   */
  let textlessIncrement: Increment | undefined
  /** Held until the end of the stream, because usage may follow it. */
  let lastIncrement: Increment | undefined

  function steerInsteadOf({ tokens }: Increment, steering: Steering): SteeredCompletion {
    const precedingCount = sampledTokens.length - tokens.length
    return { tokens: sampledTokens.slice(0, precedingCount), steering }
  }

  /** Adds what reading the prompt took to the first increment. */
  function withPrefill(increment: Increment): Increment {
    if (start) return increment
    start = {
      ...(cachedInput !== undefined && { cachedInput }),
      ...(prefillStartedAt !== undefined && {
        waiting: prefillStartedAt - startedAt,
        prompt: performance.now() - prefillStartedAt,
      }),
    }
    return { ...increment, prefill: start }
  }

  const values = requestCompletion(server, prompt, options)
  try {
    for (let chunk = await values.next(); chunk; chunk = await values.next())
      for (const step of chunk.flatMap((value) =>
        splitStep(decodeValue(client, server.dialect.decode, value)),
      )) {
        cachedInput = step.prefill?.cached ?? step.cachedInput ?? cachedInput
        if (step.prefill) {
          prefillStartedAt ??= performance.now()
          if (!isContinuation) options.onPrefill?.(step.prefill)
        }
        const missingCount = reader.countMissing(step, sampledTokens.length)
        const tokens =
          missingCount > 0 ? await reader.recoverTokens(step, missingCount) : step.tokens
        const finishReason = completionFinishReason(step, client.label)
        const text = reader.readText(step, finishReason)
        const isEmpty = tokens.length === 0 && text === '' && !finishReason
        if (lastIncrement || step.prefill || isEmpty) continue

        const logprobs = reader.readLogprobs(step)
        let increment = withPrefill({ text, tokens, ...(logprobs.length > 0 && { logprobs }) })
        const endsTurn = finishReason === 'stop' && text === ''
        if (textlessIncrement && endsTurn) increment = mergeIncrements(textlessIncrement, increment)
        else if (textlessIncrement) {
          const steering = yield await reader.withControlText(textlessIncrement)
          if (steering) return steerInsteadOf(textlessIncrement, steering)
        }
        textlessIncrement = undefined

        sampledTokens.push(...tokens)
        if (finishReason) {
          lastIncrement = { ...increment, finishReason, ...rawReason(step, finishReason) }
          values.expectEnd()
        } else if (text === '') textlessIncrement = increment
        else {
          const steering = yield increment
          if (steering) return steerInsteadOf(increment, steering)
        }
      }
  } finally {
    values.close()
  }
  if (!lastIncrement)
    throw new NanoError(
      'bad-output',
      `${client.label}: ${client.host} ended a completion without a finish reason`,
      { retryable: true },
    )
  yield !isContinuation && cachedInput !== undefined && start?.cachedInput === undefined
    ? { ...lastIncrement, prefill: { ...lastIncrement.prefill, cachedInput } }
    : lastIncrement
  return undefined
}

function requestCompletion(
  { client, model, dialect, tokenizer }: CompletionServer,
  prompt: readonly number[],
  options: CompletionOptions,
): ValueStream {
  const body = dialect.encode({
    ...options,
    model,
    prompt,
    turnEnds: tokenizer.turnEnds,
    sampling: withRandomSeed(options.sampling),
  })
  return client.stream(dialect.path, body, options.signal)
}

/** A completion has no tool calls, whatever the server says: they are parsed from its text. */
function completionFinishReason(
  { rawFinishReason }: CompletionStep,
  label: string,
): Increment['finishReason'] {
  if (rawFinishReason === undefined) return undefined
  const finishReason = parseFinishReason(rawFinishReason, label)
  return finishReason === 'tool-calls' ? 'stop' : finishReason
}

function rawReason(
  { rawFinishReason }: CompletionStep,
  finishReason: Increment['finishReason'],
): Pick<Increment, 'rawFinishReason'> {
  return rawFinishReason === undefined || rawFinishReason === finishReason
    ? {}
    : { rawFinishReason }
}

function mergeIncrements(first: Increment, second: Increment): Increment {
  const logprobs = [...(first.logprobs ?? []), ...(second.logprobs ?? [])]
  return {
    ...first,
    ...second,
    text: first.text + second.text,
    tokens: [...first.tokens, ...second.tokens],
    ...(logprobs.length > 0 && { logprobs }),
    ...(first.prefill && { prefill: first.prefill }),
  }
}
