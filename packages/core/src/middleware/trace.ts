import { stopwatch } from '../result.ts'
import { toCallerError } from '../driver/caller-errors.ts'
import type { Call, Middleware, ModelInfo } from '../driver/driver.ts'
import { forward } from '../driver/forward.ts'
import type { Part } from '../part.ts'
import type { GenerateRequest } from '../request.ts'

/** Where `trace()` publishes: the name of a channel of `node:diagnostics_channel`. */
export const traceChannel = 'nano:stream'

/**
 * One event of a call. `call` is a number, unique in the process. A call begins with `start` and
 * ends with a `finish` part, with `error`, or with `left` when the reader leaves the stream.
 */
export type TraceEvent = { readonly call: number; readonly driver: string } & (
  | { readonly type: 'start'; readonly request: GenerateRequest; readonly info: ModelInfo }
  | { readonly type: 'part'; readonly part: Part }
  | { readonly type: 'error'; readonly error: unknown }
  | { readonly type: 'left' }
)

let callCount = 0

/**
 * Publishes what the user sees on `traceChannel`, for telemetry to subscribe to. It costs nothing
 * without a subscriber, or where the platform has no diagnostics_channel. The finish part has the
 * times of the call. Events hold prompts and replies: a subscriber chooses what to store.
 */
export function trace(): Middleware {
  const channel = globalThis.process
    ?.getBuiltinModule?.('node:diagnostics_channel')
    ?.channel(traceChannel)

  return (inner) => {
    const publish = (event: TraceEvent) => channel?.publish(event)

    async function* streamTraced(request: GenerateRequest, call: Call): AsyncGenerator<Part> {
      const source = { call: ++callCount, driver: inner.name }
      const addTimings = stopwatch()
      let hasEnded = false

      publish({ ...source, type: 'start', request, info: inner.info })
      try {
        for await (const innerPart of inner.stream(request, call)) {
          const part = addTimings(innerPart)
          hasEnded = part.type === 'finish'
          publish({ ...source, type: 'part', part })
          yield part
        }
      } catch (thrown) {
        hasEnded = true
        const error = toCallerError(thrown, inner.name, call.signal)
        publish({ ...source, type: 'error', error })
        throw error
      } finally {
        if (!hasEnded) publish({ ...source, type: 'left' })
      }
    }

    return forward(inner, 'trace', {
      stream: (request, call) =>
        channel?.hasSubscribers ? streamTraced(request, call) : inner.stream(request, call),
    })
  }
}
