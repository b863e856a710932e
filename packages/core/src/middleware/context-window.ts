import { rejectOnAbort } from '../driver/abort.ts'
import { markListenerErrors } from '../driver/caller-errors.ts'
import { checkNumbers, checkOptions } from '../driver/check-options.ts'
import type { Driver, Middleware } from '../driver/driver.ts'
import { rewriteRequest } from '../driver/forward.ts'
import { NanoError } from '../error.ts'
import type { Message } from '../message.ts'
import type { Part } from '../part.ts'
import type { GenerateRequest } from '../request.ts'
import { findPromptRoom, splitTurns } from './turns.ts'

/** Options of `contextWindow()`. */
export interface ContextWindowOptions {
  /**
   * Tokens kept free for the reply. Absent: what `maxTokens` asks for, at most half the context;
   * without `maxTokens`, a quarter of it.
   */
  readonly reserve?: number
  /** Called with the dropped messages, oldest first, before the request is sent. */
  readonly onDrop?: (messages: readonly Message[]) => void
}

/** A request that fits the context, and the messages that were dropped for it. */
interface FittedRequest {
  readonly request: GenerateRequest
  readonly droppedMessages: readonly Message[]
}

/**
 * Drops the oldest turns of a conversation that is longer than the context; the system messages and
 * the last turn stay. A turn is a user message and all that answers it. Turns that a call and its
 * result span are dropped together. The finish says in `omittedMessages` how many were dropped.
 * Throws `context-overflow` when even the last turn does not fit, and `unsupported` for a driver
 * without `countTokens`. Does nothing where the length of the context is not known.
 */
export function contextWindow(options: ContextWindowOptions = {}): Middleware {
  checkOptions('contextWindow', options, {
    example: '{ reserve: 512 }',
    optionNames: ['reserve', 'onDrop'],
  })
  const { reserve, onDrop } = options
  checkNumbers('contextWindow', { reserve: { value: reserve ?? 1, least: 1, isWhole: true } })
  const reportDropped = onDrop && markListenerErrors(onDrop)

  return (inner) => {
    const fitRequest = (request: GenerateRequest, signal?: AbortSignal) =>
      dropOldTurns(inner, request, { reserve, signal })

    return rewriteRequest(inner, 'contextWindow', {
      rewrite: async (request) => (await fitRequest(request)).request,
      async *stream(request, call) {
        const fittedRequest = await rejectOnAbort(fitRequest(request, call.signal), call.signal)
        const { droppedMessages } = fittedRequest
        if (droppedMessages.length === 0) return yield* inner.stream(fittedRequest.request, call)
        reportDropped?.(droppedMessages)
        for await (const part of inner.stream(fittedRequest.request, call))
          yield countOmitted(part, droppedMessages.length)
      },
    })
  }
}

/** Adds to a finish that the model was not given so many messages. */
export function countOmitted(part: Part, count: number): Part {
  if (part.type !== 'finish') return part
  return { ...part, omittedMessages: count + (part.omittedMessages ?? 0) }
}

interface FitOptions {
  readonly reserve: number | undefined
  readonly signal: AbortSignal | undefined
}

async function dropOldTurns(
  inner: Driver,
  request: GenerateRequest,
  { reserve, signal }: FitOptions,
): Promise<FittedRequest> {
  const { contextLength } = inner.info
  if (contextLength === undefined) return { request, droppedMessages: [] }
  const room = findPromptRoom(inner.info, request, reserve)
  const { system, turns } = splitTurns(request.messages)
  const count = async (messages: readonly Message[]) => {
    // Counting takes no signal, so an abort is noticed between two counts.
    signal?.throwIfAborted()
    if (!inner.countTokens)
      throw new NanoError('unsupported', `${inner.name} does not support countTokens`)
    return inner.countTokens({ ...request, messages })
  }

  // Binary search: each count renders and tokenizes the whole prompt.
  let [dropCount, maxDropCount] = [0, turns.length - 1]
  while (dropCount < maxDropCount) {
    const middle = Math.floor((dropCount + maxDropCount) / 2)
    if ((await count([...system, ...turns.slice(middle).flat()])) <= room) maxDropCount = middle
    else dropCount = middle + 1
  }
  const keptMessages = turns.slice(dropCount).flat()
  const tokens = await count([...system, ...keptMessages])
  if (tokens > room) {
    const turnTokens =
      system.length > 0 && keptMessages.length > 0 ? await count(keptMessages) : tokens
    throw overflowError(inner, {
      tokens,
      turnTokens,
      room,
      contextLength,
      isPrompt: request.prompt !== undefined,
    })
  }
  return {
    request: { ...request, messages: [...system, ...keptMessages] },
    droppedMessages: turns.slice(0, dropCount).flat(),
  }
}

interface Sizes {
  /** Tokens of the last turn with the system messages. */
  readonly tokens: number
  /** Tokens of the last turn without them. */
  readonly turnTokens: number
  readonly room: number
  readonly contextLength: number
  /** It is a text to complete, which has no turns. */
  readonly isPrompt: boolean
}

function overflowError(
  { name }: Driver,
  { tokens, turnTokens, room, contextLength, isPrompt }: Sizes,
): NanoError {
  const turn = ['the last turn alone has', 'that turn']
  const system = [
    'the last turn alone would fit; with the system message, ' +
      `which takes ${tokens - turnTokens}, it has`,
    'the system message',
  ]
  const [subject, culprit] = isPrompt ? ['the prompt has', 'it'] : turnTokens > room ? turn : system
  return new NanoError(
    'context-overflow',
    `${name}: ${subject} ${tokens} tokens, and ${room} of the context's ${contextLength} are ` +
      `free for the prompt. Shorten ${culprit}, reserve less for the reply, or open the model ` +
      'with a longer context',
  )
}
