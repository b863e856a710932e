import { stopwatch } from '../driver/stopwatch.ts'
import type { Call, Middleware, ModelInfo } from '../driver/driver.ts'
import { toCallerError } from '../driver/caller-errors.ts'
import type { Part } from '../part.ts'
import type { GenerateRequest } from '../request.ts'
import { forward } from '../driver/forward.ts'

/** Where `trace()` publishes, as a channel of `node:diagnostics_channel`. */
export const traceChannel = 'nano:stream'

/**
 * One event in the life of a call; `call` is unique in the process. A call is one `start`, then one
 * `end` of some kind.
 */
export type TraceEvent = { readonly call: number; readonly driver: string } & (
  | { readonly type: 'start'; readonly request: GenerateRequest; readonly info: ModelInfo }
  | { readonly type: 'part'; readonly part: Part }
  | { readonly type: 'error'; readonly error: unknown }
  | { readonly type: 'left' }
)

let calls = 0

/**
 * Publishes what the user sees, for telemetry to subscribe to; free while nobody does, and where
 * there is no diagnostics_channel. A finish has the times of the call, measured here. The end of a
 * call is a `finish` part, an `error`, or `left` when the reader went away. Events hold the texts:
 * subscribers choose what to keep.
 */
export function trace(): Middleware {
  const channel = globalThis.process
    ?.getBuiltinModule?.('node:diagnostics_channel')
    ?.channel(traceChannel)

  return (inner) => {
    const publish = (event: TraceEvent) => channel?.publish(event)

    async function* traced(request: GenerateRequest, call: Call): AsyncGenerator<Part> {
      const from = { call: ++calls, driver: inner.name }
      const timed = stopwatch()
      let ended = false

      publish({ ...from, type: 'start', request, info: inner.info })
      try {
        for await (const came of inner.stream(request, call)) {
          const part = timed(came)
          ended = part.type === 'finish'
          publish({ ...from, type: 'part', part })
          yield part
        }
      } catch (thrown) {
        ended = true
        const error = toCallerError(thrown, inner.name, call.signal)
        publish({ ...from, type: 'error', error })
        throw error
      } finally {
        if (!ended) publish({ ...from, type: 'left' })
      }
    }

    return forward(inner, 'trace', {
      stream: (request, call) =>
        channel?.hasSubscribers ? traced(request, call) : inner.stream(request, call),
    })
  }
}
