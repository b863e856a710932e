import {
  contextWindow,
  type GenerateRequest,
  type Message,
  type Middleware,
  Model,
  NanoError,
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
  /** The most tokens of a summary, up to a quarter of the context; an eighth by default. */
  readonly summaryTokens?: number
  /** What the model is told to do with the old turns. */
  readonly instructions?: string
  /** Called when a summary was written, before the request is sent. */
  readonly onSummary?: (summary: HistorySummary) => void
}

/** A summary that the model wrote. */
export interface HistorySummary {
  readonly text: string
  /** The messages that it stands for, oldest first, those of an earlier summary included. */
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
/** Tokens. Where a summary cannot have as many, old turns are dropped. */
const shortestSummary = 16

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
 * many messages the summary stands for, or were dropped where the last turn leaves no room for it.
 * `countTokens` and `render` count and show what is sent, so they may have a summary written too.
 *
 * Throws `invalid-request` for options that are not valid. A call rejects with `context-overflow`
 * when even the last turn does not fit, `bad-output` where the model writes no summary,
 * `unsupported` for a driver without `countTokens`, and what the model throws. Does nothing where
 * the length of the context is not known.
 */
export function summarizeHistory(options: SummarizeHistoryOptions = {}): Middleware {
  const { reserve, summaryTokens, instructions } = parseOptions(
    'summarizeHistory',
    optionsSchema,
    options,
  )
  const reportSummary = options.onSummary && markListenerErrors(options.onSummary)

  return (inner) => {
    // Drops what still does not fit, and has the errors for a last turn that is too long.
    const window = contextWindow(reserve === undefined ? {} : { reserve })(inner)
    const summarizer = new Model(inner)
    if (inner.info.contextLength !== undefined) chooseSummaryTokens(inner, summaryTokens)
    const memory = summaryMemory()
    const closing = new AbortController()

    async function shorten(request: GenerateRequest, call?: Call): Promise<ShortenedRequest> {
      const signal = AbortSignal.any([closing.signal, ...(call ? [call.signal] : [])])
      const asItIs = { request, omittedCount: 0 }
      const room = findPromptRoom(inner.info, request, reserve)
      const { system, turns } = splitTurns(request.messages)
      if (room === Infinity || turns.length < 2 || !inner.countTokens) return asItIs
      /** Tokens of the prompt without the first turns. */
      const countWithout = (omittedTurns: number, summary?: string) => {
        signal.throwIfAborted()
        const messages = [...addSummary(system, summary), ...turns.slice(omittedTurns).flat()]
        return countTokens(inner, { ...request, messages })
      }
      if ((await countWithout(0)) <= room) return asItIs

      const withSummary = (text: string, omittedTurns: number): ShortenedRequest => ({
        request: {
          ...request,
          messages: [...addSummary(system, text), ...turns.slice(omittedTurns).flat()],
        },
        omittedCount: turns.slice(0, omittedTurns).flat().length,
      })
      const known = memory.find(turns, request.lora)
      if (known && (await countWithout(known.turnCount, known.text)) <= room)
        return withSummary(known.text, known.turnCount)

      const lastTurn = turns.length - 1
      const usualTokens = chooseSummaryTokens(inner, summaryTokens)
      const maxTokens = Math.min(usualTokens, room - (await countWithout(lastTurn, '')))
      // The last turn leaves no room for a summary.
      if (maxTokens < shortestSummary) return asItIs
      // One that stands for all but the last turn is too long here: a shorter one is written anew.
      const base = known && known.turnCount < lastTurn ? known : undefined
      const knownTurns = base?.turnCount ?? 0

      // Room for several turns to come.
      const summarizedTurns = await findFirst(
        { from: knownTurns + 1, to: lastTurn },
        async (count) => (await countWithout(count)) <= (room - maxTokens) / 2,
      )
      const { text, usage } = await writeSummary(summarizer, {
        earlierSummary: base?.text,
        messages: turns.slice(knownTurns, summarizedTurns).flat(),
        maxTokens,
        instructions,
        lora: request.lora,
        signal,
      })
      // One that is shorter than usual would be the base of all later ones.
      if (maxTokens === usualTokens)
        memory.add(turns.slice(0, summarizedTurns), { text, lora: request.lora })
      reportSummary?.({ text, usage, messages: turns.slice(0, summarizedTurns).flat() })
      return withSummary(text, summarizedTurns)
    }

    const driver = rewriteRequest(window, 'summarizeHistory', {
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
    return {
      ...driver,
      close() {
        closing.abort(new NanoError('closed', 'the model was closed'))
        return driver.close()
      },
    }
  }
}

/** Throws `invalid-request` for a summary that would leave too little room for all else. */
function chooseSummaryTokens(
  { name, info: { contextLength = 0 } }: Driver,
  summaryTokens = Math.floor(contextLength / 8),
): number {
  if (summaryTokens <= contextLength / 4) return summaryTokens
  throw new NanoError(
    'invalid-request',
    `summarizeHistory: summaryTokens is ${summaryTokens}, and ${name} has a context of ` +
      `${contextLength}, of which a summary may take a quarter. Lower summaryTokens`,
  )
}

/** The first number for which a condition holds that holds from there on, else `to`. */
async function findFirst(
  { from, to }: { readonly from: number; readonly to: number },
  holds: (value: number) => Promise<boolean>,
): Promise<number> {
  let [low, high] = [from, to]
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    if (await holds(middle)) high = middle
    else low = middle + 1
  }
  return low
}

async function countTokens(inner: Driver, request: GenerateRequest): Promise<number> {
  return (await inner.countTokens?.(request)) ?? 0
}

/** Behind what the first system message says: templates want one of them, and first. */
function addSummary(system: readonly Message[], text: string | undefined): readonly Message[] {
  if (text === undefined) return system
  const [first, ...others] = system
  const summary = `${heading}\n${text}`
  const content =
    first?.role === 'system' && first.content ? `${first.content}\n\n${summary}` : summary
  return [{ role: 'system', content }, ...others]
}
