import {
  contextWindow,
  type GenerateRequest,
  type Message,
  type Middleware,
  Model,
  type Usage,
} from '@nano/core'
import {
  type Call,
  countOmitted,
  type Driver,
  findPromptRoom,
  markListenerErrors,
  parseOptions,
  rejectOnAbort,
  rewriteRequest,
  splitTurns,
} from '@nano/core/driver'
import * as z from 'zod/mini'
import { summaryMemory } from './summary-memory.ts'
import { writeSummary } from './write-summary.ts'

/** Options of `summarizeHistory()`. */
export interface SummarizeHistoryOptions {
  /**
   * Tokens kept free for the reply. Absent: what `maxTokens` asks for, at most half the context;
   * without `maxTokens`, a quarter of it.
   */
  readonly reserve?: number
  /** The most tokens of a summary; an eighth of the context by default. */
  readonly summaryTokens?: number
  /** What the model is told to do with the old turns. */
  readonly instructions?: string
  /** Called when a summary was written, before the request is sent. */
  readonly onSummary?: (summary: HistorySummary) => void
}

/** A summary that the model wrote. */
export interface HistorySummary {
  readonly text: string
  /** The messages that it stands for, oldest first; a longer summary stands for those of older. */
  readonly messages: readonly Message[]
  /** Tokens that writing it took, over all requests that it needed. */
  readonly usage: Usage
}

const count = z.int().check(z.minimum(1))
const optionsSchema = z.strictObject({
  reserve: z.optional(count),
  summaryTokens: z.optional(count),
  instructions: z.optional(z.string().check(z.minLength(1))),
  onSummary: z.optional(z.custom<(summary: never) => void>((value) => typeof value === 'function')),
})

/** What stands before a summary in the system message. */
const heading = 'What was said before, in short:'

/** A request that fits, and how many messages its summary stands for. */
interface ShortenedRequest {
  readonly request: GenerateRequest
  readonly omittedCount: number
}

/**
 * Puts a summary, which the model writes itself, in place of the oldest turns of a conversation
 * that is longer than the context. The system messages and the last turn stay; a call is never
 * parted from its result. A summary makes room for several turns and is remembered, so that most
 * turns need none and find their prompt in the KV cache. The finish says in `omittedMessages` how
 * many messages the summary stands for.
 *
 * Throws `context-overflow` when even the last turn does not fit, `unsupported` for a driver
 * without `countTokens`, and what the model throws. Does nothing where the length of the context is
 * not known.
 */
export function summarizeHistory(options: SummarizeHistoryOptions = {}): Middleware {
  const { reserve, summaryTokens, instructions } = parseOptions(
    'summarizeHistory',
    optionsSchema,
    options,
  )
  const reportSummary = options.onSummary && markListenerErrors(options.onSummary)
  const memory = summaryMemory()

  return (inner) => {
    // Drops what still does not fit, and has the errors for a last turn that is too long.
    const window = contextWindow(reserve === undefined ? {} : { reserve })(inner)
    const summarizer = new Model(inner)

    async function shorten(request: GenerateRequest, call?: Call): Promise<ShortenedRequest> {
      const asItIs = { request, omittedCount: 0 }
      const room = findPromptRoom(inner.info, request, reserve)
      const { system, turns } = splitTurns(request.messages)
      if (room === Infinity || turns.length < 2 || !inner.countTokens) return asItIs
      const countTurns = (messages: readonly Message[]) => {
        call?.signal.throwIfAborted()
        return countTokens(inner, { ...request, messages })
      }
      if ((await countTurns(request.messages)) <= room) return asItIs

      const withSummary = (text: string, summarizedTurns: number): ShortenedRequest => ({
        request: {
          ...request,
          messages: [...addSummary(system, text), ...turns.slice(summarizedTurns).flat()],
        },
        omittedCount: turns.slice(0, summarizedTurns).flat().length,
      })
      const known = memory.find(turns)
      if (known) {
        const shortened = withSummary(known.text, known.turnCount)
        if ((await countTurns(shortened.request.messages)) <= room) return shortened
      }

      const maxTokens =
        summaryTokens ?? Math.max(1, Math.floor((inner.info.contextLength ?? 0) / 8))
      // Room for several turns to come.
      let summarizedTurns = 1
      while (
        summarizedTurns < turns.length - 1 &&
        (await countTurns([...system, ...turns.slice(summarizedTurns).flat()])) >
          (room - maxTokens) / 2
      )
        summarizedTurns++
      const { text, usage } = await writeSummary(summarizer, {
        earlierSummary: known?.text,
        messages: turns.slice(known?.turnCount ?? 0, summarizedTurns).flat(),
        maxTokens,
        instructions,
        lora: request.lora,
        signal: call?.signal,
      })
      memory.add(turns.slice(0, summarizedTurns), text)
      reportSummary?.({ text, usage, messages: turns.slice(0, summarizedTurns).flat() })
      return withSummary(text, summarizedTurns)
    }

    return rewriteRequest(window, 'summarizeHistory', {
      rewrite: async (request) => (await shorten(request)).request,
      async *stream(request, call) {
        const { request: shortened, omittedCount } = await rejectOnAbort(
          shorten(request, call),
          call.signal,
        )
        const parts = window.stream(shortened, call)
        if (omittedCount === 0) return yield* parts
        for await (const part of parts) yield countOmitted(part, omittedCount)
      },
    })
  }
}

async function countTokens(inner: Driver, request: GenerateRequest): Promise<number> {
  return (await inner.countTokens?.(request)) ?? 0
}

/** Behind what the first system message says: templates want one of them, and first. */
function addSummary(system: readonly Message[], text: string): readonly Message[] {
  const [first, ...others] = system
  const summary = `${heading}\n${text}`
  const content =
    first?.role === 'system' && first.content ? `${first.content}\n\n${summary}` : summary
  return [{ role: 'system', content }, ...others]
}
