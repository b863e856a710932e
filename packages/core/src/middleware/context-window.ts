import type { Middleware } from '../driver/driver.ts'
import { NanoError } from '../error.ts'
import { markListenerErrors } from '../driver/caller-errors.ts'
import type { GenerateRequest, Message } from '../request.ts'
import { checkNumbers, checkOptions } from '../driver/check-options.ts'
import { forward } from '../driver/forward.ts'
import { rejectOnAbort } from '../driver/abort.ts'

/** How much room to keep, and who hears of what had to go. */
export interface ContextWindowOptions {
  /**
   * Tokens kept free for the reply; absent, what `maxTokens` asks for, at most half the context,
   * else a quarter of it.
   */
  readonly reserve?: number
  /** Called with the messages that were left out, oldest first, before the request is sent. */
  readonly onDrop?: (messages: readonly Message[]) => void
}

/**
 * Leaves out the oldest turns of a conversation that has grown longer than the context; the system
 * messages and the last turn stay. A turn is a user message and all that answers it, and turns that
 * a call and its result span go together. Throws `context-overflow` when even the last turn does
 * not fit. Needs `countTokens`, else it throws `unsupported`; does nothing where the context's
 * length is not known.
 */
export function contextWindow(options: ContextWindowOptions = {}): Middleware {
  checkOptions('contextWindow', options, {
    example: '{ reserve: 512 }',
    known: ['reserve', 'onDrop'],
  })
  const { reserve, onDrop } = options
  checkNumbers('contextWindow', { reserve: { value: reserve ?? 1, least: 1, whole: true } })
  const tell = onDrop && markListenerErrors(onDrop)
  return (inner) => {
    /** Counting takes no signal, so it is heard between the counts. */
    async function fit(
      request: GenerateRequest,
      signal?: AbortSignal,
    ): Promise<{ readonly request: GenerateRequest; readonly dropped: readonly Message[] }> {
      const { contextLength } = inner.info
      if (contextLength === undefined) return { request, dropped: [] }
      const room = Math.floor(
        contextLength -
          (reserve ?? Math.min(request.maxTokens ?? contextLength / 4, contextLength / 2)),
      )
      const { system, turns } = splitTurns(request.messages)
      const count = async (messages: readonly Message[]) => {
        signal?.throwIfAborted()
        return inner.countTokens({ ...request, messages })
      }

      // Binary search: each count renders and tokenises the whole prompt.
      let [drop, most] = [0, turns.length - 1]
      while (drop < most) {
        const middle = Math.floor((drop + most) / 2)
        if ((await count([...system, ...turns.slice(middle).flat()])) <= room) most = middle
        else drop = middle + 1
      }
      const kept = turns.slice(drop).flat()
      const tokens = await count([...system, ...kept])
      if (tokens > room) {
        const alone = system.length > 0 && kept.length > 0 ? await count(kept) : tokens
        const [what, advice] =
          alone > room
            ? ['the last turn alone has', 'that turn']
            : [
                `the last turn alone would fit; with the system message, which takes ${tokens - alone}, it has`,
                'the system message',
              ]
        throw new NanoError(
          'context-overflow',
          `${inner.name}: ${what} ${tokens} tokens, and ${room} of the context's ${contextLength} are free for the prompt. Shorten ${advice}, keep less free for the reply, or open the model with a longer context`,
        )
      }
      return {
        request: { ...request, messages: [...system, ...kept] },
        dropped: turns.slice(0, drop).flat(),
      }
    }

    return forward(inner, 'contextWindow', {
      async *stream(request, call) {
        const fitted = await rejectOnAbort(fit(request, call.signal), call.signal)
        if (fitted.dropped.length > 0) tell?.(fitted.dropped)
        yield* inner.stream(fitted.request, call)
      },
      countTokens: async (request) => inner.countTokens((await fit(request)).request),
      render: async (request) => inner.render((await fit(request)).request),
    })
  }
}

function splitTurns(messages: readonly Message[]): {
  readonly system: readonly Message[]
  readonly turns: readonly (readonly Message[])[]
} {
  const system = messages.filter(({ role }) => role === 'system')
  const rest = messages.slice(system.length)
  const turns: Message[][] = []
  for (const [index, message] of rest.entries()) {
    const last = turns.at(-1)
    if (!last || (message.role === 'user' && !spanned(rest, index))) turns.push([message])
    else last.push(message)
  }
  return { system, turns }
}

/** Whether a call before `index` has its result after it. */
function spanned(messages: readonly Message[], index: number): boolean {
  const called = new Set(
    messages
      .slice(0, index)
      .flatMap((message) => (message.role === 'assistant' ? (message.toolCalls ?? []) : []))
      .map(({ id }) => id),
  )
  return messages
    .slice(index)
    .some((message) => message.role === 'tool' && called.has(message.toolCallId))
}
