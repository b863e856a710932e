import {
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

export function requestRunner(
  model: Model,
  { attempts, delay, maxDelay, signal, search }: RunnerOptions,
): RequestRunner {
  const pause = coolDown()

  /** Milliseconds before the next attempt; absent where there is none. */
  function pauseAfter(error: NanoError, attempt: number): number | undefined {
    if (!error.retryable || attempt >= attempts) return undefined
    const time = chooseRetryDelay(error, attempt, { delay, maxDelay })
    return time <= maxDelay ? time : undefined
  }

  async function generate(input: GenerateInput): Promise<GenerateResult> {
    let ticks = 0
    const watchedModel = model.with(
      watchProgress(() => {
        ticks++
        search.tick()
      }),
    )
    const reply = await watchedModel.generate(input, { signal })
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

  return {
    get coolDown() {
      return pause.left
    },
    async run({ id, input, error }) {
      if (error) return { id, attempts: 0, error }
      for (let attempt = 1; ; attempt++) {
        await pause.pass(signal)
        signal.throwIfAborted()
        try {
          return { id, attempts: attempt, reply: await generate(input) }
        } catch (cause) {
          if (signal.aborted) throw signal.reason
          if (!NanoError.is(cause) || cause.code === 'closed') throw cause
          const time = pauseAfter(cause, attempt)
          if (time === undefined) return { id, attempts: attempt, error: cause }
          if (cause.code === 'rate-limited') pause.extend(time)
          else await wait(time, signal)
        }
      }
    },
  }
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
