import type { Driver, Middleware } from '../driver.ts'
import { NanoError } from '../error.ts'
import type { GenerateRequest, Message } from '../request.ts'
import { checkNumbers } from './check.ts'
import { forward } from './forward.ts'

/** How much room to keep, and who hears of what had to go. */
export interface ContextWindowOptions {
  /** Tokens kept free for the reply; absent, what `maxTokens` asks for, at most half the context, else a quarter of it. */
  readonly reserve?: number
  /** Called with the messages that were left out, oldest first, before the request is sent. */
  readonly onDrop?: (messages: readonly Message[]) => void
}

/**
 * Leaves out the oldest turns of a conversation that has grown longer than the context; the system messages and the last
 * turn stay. A turn is a user message and all that answers it, so no tool result loses its call.
 * Throws `context-overflow` when even the last turn does not fit. Needs `countTokens`, else it throws `unsupported`;
 * does nothing where the context's length is not known.
 */
export function contextWindow({ reserve, onDrop }: ContextWindowOptions = {}): Middleware {
  checkNumbers('contextWindow', { reserve: { value: reserve ?? 1, least: 1, whole: true } })
  return (inner) => {
    async function fit(request: GenerateRequest): Promise<{ readonly request: GenerateRequest; readonly dropped: readonly Message[] }> {
      const { contextLength } = inner.info
      if (contextLength === undefined) return { request, dropped: [] }
      const room = Math.floor(contextLength - (reserve ?? Math.min(request.maxTokens ?? contextLength / 4, contextLength / 2)))
      const { system, turns } = splitTurns(request.messages)

      // Binary search: each count renders and tokenises the whole prompt.
      let [drop, most] = [0, turns.length - 1]
      while (drop < most) {
        const middle = Math.floor((drop + most) / 2)
        if ((await count(inner, request, [...system, ...turns.slice(middle).flat()])) <= room) most = middle
        else drop = middle + 1
      }
      const messages = [...system, ...turns.slice(drop).flat()]
      const tokens = await count(inner, request, messages)
      if (tokens > room) {
        throw new NanoError('context-overflow', `${inner.name}: the last turn alone has ${tokens} tokens, and ${room} of the context's ${contextLength} are free for the prompt`)
      }
      return { request: { ...request, messages }, dropped: turns.slice(0, drop).flat() }
    }

    return forward(inner, 'contextWindow', {
      async *stream(request, call) {
        const fitted = await fit(request)
        call.signal.throwIfAborted()
        if (fitted.dropped.length > 0) onDrop?.(fitted.dropped)
        yield* inner.stream(fitted.request, call)
      },
      countTokens: async (request) => inner.countTokens((await fit(request)).request),
      render: async (request) => inner.render((await fit(request)).request),
    })
  }
}

function count(inner: Driver, request: GenerateRequest, messages: readonly Message[]): Promise<number> {
  return inner.countTokens({ ...request, messages })
}

function splitTurns(messages: readonly Message[]): { readonly system: readonly Message[]; readonly turns: readonly (readonly Message[])[] } {
  const system = messages.filter(({ role }) => role === 'system')
  const turns: Message[][] = []
  for (const message of messages.slice(system.length)) {
    if (message.role === 'user' || turns.length === 0) turns.push([message])
    else turns.at(-1)?.push(message)
  }
  return { system, turns }
}
