import {
  type ErrorCode,
  type GenerateInput,
  type GenerateResult,
  type Middleware,
  type Model,
  NanoError,
} from '@nano/core'
import { chooseRetryDelay, forward, wait } from '@nano/core/driver'
import type { BatchItem, BatchResult } from './batch-item.ts'
import type { ConcurrencySearch } from './concurrency-search.ts'
import { coolDown } from './cool-down.ts'
import type { ParsedBatchOptions } from './options.ts'

interface RunnerOptions extends Pick<ParsedBatchOptions, 'attempts' | 'delay' | 'maxDelay'> {
  readonly signal: AbortSignal
  /** Says how fast replies grow. */
  readonly search: ConcurrencySearch
}

/** Runs the requests of a batch, each with its attempts. */
export interface RequestRunner {
  /** Milliseconds that all requests still wait. */
  readonly coolDown: number
  /** Rejects with `signal.reason` on abort, and with what ends the whole batch. */
  run(item: BatchItem): Promise<BatchResult>
}

/** How often in a row a request may be answered with `rate-limited` before that is its result. */
const mostPauses = 20

/** Errors that every other request would have too. */
const faultsOfBatch: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'closed',
  'unauthorized',
  'not-found',
  'bad-model',
])

export function requestRunner(
  model: Model,
  { attempts, delay, maxDelay, signal, search }: RunnerOptions,
): RequestRunner {
  const pause = coolDown()

  async function generate(input: GenerateInput): Promise<GenerateResult> {
    let ticks = 0
    const watchedModel = model.with(
      watchProgress(() => {
        ticks++
        search.tick()
      }),
    )
    const reply = await watchedModel.generate(input, { signal })
    if (reply.cached) {
      search.skip()
      return reply
    }
    const { firstPart = 0, firstText, total = 0 } = reply.timings
    const tokens = reply.usage.output ?? ticks
    search.note({
      tokens,
      ticks,
      firstAnswer: firstText,
      betweenTokens: tokens > 1 ? (total - firstPart) / (tokens - 1) : undefined,
    })
    return reply
  }

  /** An error that more requests at once may have caused is told to the search. */
  function noteFailure({ retryable, code }: NanoError): void {
    if (retryable || code === 'out-of-memory') search.note({ tokens: 0, ticks: 0, hasFailed: true })
    else search.skip()
  }

  return {
    get coolDown() {
      return pause.left
    },
    async run({ id, input, error }) {
      if (error) return { id, attempts: 0, error }
      let [calls, failures, pauses] = [0, 0, 0]
      for (;;) {
        await pause.pass(signal)
        signal.throwIfAborted()
        calls++
        try {
          return { id, attempts: calls, reply: await generate(input) }
        } catch (cause) {
          if (signal.aborted) throw signal.reason
          if (!NanoError.is(cause)) throw cause
          checkBatchGoesOn(cause, maxDelay)

          const isLimited = cause.code === 'rate-limited'
          // The request is not at fault where all of them have to wait.
          if (isLimited) pauses++
          else {
            failures++
            pauses = 0
          }
          const isRepeated = isLimited
            ? pauses <= mostPauses
            : cause.retryable && failures < attempts
          if (!isRepeated) {
            noteFailure(cause)
            return { id, attempts: calls, error: cause }
          }
          const time = chooseRetryDelay(cause, isLimited ? pauses : failures, { delay, maxDelay })
          if (isLimited) pause.extend(time)
          else await wait(time, signal)
        }
      }
    },
  }
}

/** Throws where no other request would fare better. */
function checkBatchGoesOn(error: NanoError, maxDelay: number): void {
  const { code, retryable, retryAfter = 0 } = error
  if (faultsOfBatch.has(code) || (code === 'rate-limited' && !retryable)) throw error
  if (retryable && retryAfter > maxDelay)
    throw new NanoError(
      code,
      `batch: a server asks to wait ${retryAfter} ms, and maxDelay is ${maxDelay} ms. ` +
        'Call again after that time, or raise maxDelay.',
      { cause: error, retryable, retryAfter },
    )
}

/** Calls a listener whenever a reply grows, where the driver says so. */
function watchProgress(listener: () => void): Middleware {
  return (inner) =>
    forward(inner, 'batch', {
      stream(request, call) {
        const onProgress = () => {
          listener()
          call.onProgress?.()
        }
        return inner.stream(request, { ...call, onProgress })
      },
    })
}
