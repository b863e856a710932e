import { type FinishReason, type GenerateRequest, NanoError, type Part } from '@nano/core'
import {
  type Call,
  type FinishPart,
  findDemandedTools,
  type LogprobCarrier,
  logprobCarrier,
  type ReasoningSplitter,
  runInTurns,
} from '@nano/core/driver'
import type { ChatFormat } from '../format/chat-format.ts'
import { toConversation } from '../prompt/conversation.ts'
import { separateControlTokens } from '../prompt/prompt.ts'
import { partFilter, replySplitter } from '../reply/reply-splitter.ts'
import { readParameters } from '../tool-calls/call-checker.ts'
import type { ReplyConstrainer } from './constrain-reply.ts'
import type { Engine, Increment, PrefillStats, Steering } from './engine.ts'

interface ReplyOptions {
  readonly engine: Engine
  readonly format: ChatFormat
  readonly request: GenerateRequest
  readonly call: Call
  /** Called when the work starts. */
  tokenizePrompt(): Promise<readonly number[]>
  readonly findConstraint?: (() => ReturnType<ReplyConstrainer>) | undefined
  /** The advice of the model's makers that the engine honors. */
  readonly advice: ChatFormat['advice']
}

/** A reply that the engine generates while its parts are read. */
export interface Reply {
  readonly parts: AsyncGenerator<Part>
  /** The last part of a reply that is stopped from outside, with the tokens sampled so far. */
  finish(reason: FinishReason): FinishPart
}

/** How often a thought is closed in one reply; a model may start another. */
const maxClosings = 2

/**
 * Generates one reply: samples, splits off the thought, finds tool calls, keeps the reasoning
 * budget, and counts tokens, also of a thought that is dropped. Throws `bad-output` where a call is
 * demanded and the model ends its reply without one.
 */
export function generateReply({
  engine,
  format,
  request,
  call,
  tokenizePrompt,
  findConstraint,
  advice,
}: ReplyOptions): Reply {
  const conversation = toConversation(request)
  const showsReasoning = conversation.reasoning === 'on'
  const budget = showsReasoning ? (request.reasoningBudget ?? Infinity) : Infinity
  const reader = replyReader(replySplitter(format, conversation))
  const filter = partFilter(conversation)
  const { counts } = reader
  let promptLength = 0
  let prefill: PrefillStats = {}
  let isCutByBudget = false
  const demandedTools = findDemandedTools(request)
  /** Characters of text that the caller has got. */
  let textLength = 0

  function finish(reason: FinishReason, rawFinishReason?: string): FinishPart {
    const { cachedInput, ...timings } = prefill
    return {
      type: 'finish',
      finishReason: filter.hasToolCall && reason === 'stop' ? 'tool-calls' : reason,
      ...(rawFinishReason !== undefined && { rawFinishReason }),
      ...(isCutByBudget && { cut: 'budget' }),
      usage: {
        input: promptLength,
        ...(cachedInput !== undefined && { cachedInput }),
        output: counts.output,
        ...(format.reasoning && { reasoning: counts.reasoning }),
      },
      timings,
    }
  }

  function accept(part: Part): boolean {
    if (part.type === 'text') textLength += part.text.length
    return filter.accept(part)
  }

  function* end(reason: FinishReason, rawFinishReason?: string): Iterable<Part> {
    for (const part of reader.end(reason !== 'stop')) if (accept(part)) yield part
    if (reason === 'stop' && !filter.hasToolCall) {
      if (demandedTools.length > 0)
        throw new NanoError(
          'bad-output',
          `${engine.name}: the reply had to call ` +
            `${demandedTools.map(({ name }) => name).join(' or ')}, and has no call that can ` +
            `be read, only ${textLength} characters of text`,
        )
      if (filter.isOnlyThought && !showsReasoning) yield { type: 'text', text: filter.thought }
    }
    yield finish(reason, rawFinishReason)
  }

  async function* generate(): AsyncGenerator<Part> {
    const prompt = await tokenizePrompt()
    promptLength = prompt.length
    const constraint = await findConstraint?.()
    /** Tokens that were written for the model, to close its thought. */
    let [insertedTokens, closings] = [0, 0]
    const tokensLeft = () => {
      const contextLeft = engine.info.contextLength - promptLength - insertedTokens
      return Math.min(request.maxTokens ?? Infinity, contextLeft) - counts.output
    }
    const replyAbort = new AbortController()
    const leave = () => replyAbort.abort(call.signal.reason)
    call.signal.addEventListener('abort', leave, { once: true })
    if (call.signal.aborted) leave()
    const completion = engine.complete(prompt, {
      sampling: { ...advice[conversation.reasoning], ...request.sampling },
      maxTokens: tokensLeft(),
      signal: replyAbort.signal,
      ...(constraint && { grammar: constraint.replyGrammar }),
      ...(request.logprobs !== undefined && { logprobs: request.logprobs }),
      ...(request.lora !== undefined && { lora: request.lora }),
      ...(format.controlTokens && { shownControlTokens: format.controlTokens }),
      ...(budget < Infinity && { isSteered: true }),
      ...(call.onPrefill && { onPrefill: call.onPrefill }),
    })

    /**
     * The next increment. It is requested before parts are yielded, so that the engine works while
     * the caller reads them.
     */
    let nextIncrement: ReturnType<typeof completion.next> | undefined
    const requestNext = (steering?: Steering) => {
      nextIncrement = completion.next(steering)
      // A caller that leaves never awaits it, and its rejection would count as unhandled.
      nextIncrement.catch(() => {})
      return nextIncrement
    }

    try {
      if (conversation.tools.length > 0) {
        // The engine reads the prompt in the meantime.
        requestNext()
        await runInTurns(readParameters(conversation.tools))
      }
      for (;;) {
        const { value: increment, done } = await (nextIncrement ?? requestNext())
        nextIncrement = undefined
        if (done)
          throw new NanoError('bad-output', `${engine.name} ended a completion without a reason`)
        if (increment.prefill) prefill = { ...prefill, ...increment.prefill }
        call.onProgress?.()
        const parts = reader.push(increment)
        const isBudgetUsed = reader.thinking && counts.reasoning >= budget
        if (!increment.finishReason && !isBudgetUsed) requestNext()
        for (const part of parts) if (accept(part)) yield part
        if (increment.finishReason)
          return yield* end(increment.finishReason, increment.rawFinishReason)
        if (!isBudgetUsed) continue

        isCutByBudget = true
        const closingText = completeMarker(reader.pending, format.reasoning?.closingText ?? '')
        const closing = separateControlTokens(closingText, format.controlTokens ?? [])
        const closingTokens = await engine.tokenize(closing, call.signal)
        insertedTokens += closingTokens.length
        if (closings++ === maxClosings || tokensLeft() <= 0) return yield* end('length')
        for (const part of reader.push({ text: closingText, tokens: [] }))
          if (accept(part)) yield part
        requestNext({
          replacement: [...increment.tokens, ...closingTokens],
          maxTokens: tokensLeft(),
          ...(constraint && { grammar: constraint.answerGrammar }),
        })
      }
    } finally {
      call.signal.removeEventListener('abort', leave)
      // The engine may be waiting, for a slot for example.
      if (nextIncrement) replyAbort.abort()
      await completion.return()
    }
  }

  return { parts: generate(), finish }
}

/** The rest of `closingText` where the model has started to write the marker itself. */
function completeMarker(pending: string, closingText: string): string {
  const marker = closingText.trimStart()
  const start = pending.trimStart()
  return start !== '' && marker.startsWith(start) ? marker.slice(start.length) : closingText
}

/** Splits the text of increments into parts, and counts their tokens. */
interface ReplyReader extends Pick<ReasoningSplitter, 'thinking' | 'pending'> {
  /** Sampled tokens so far; `reasoning` is how many of them belong to thoughts or their markers. */
  readonly counts: { readonly output: number; readonly reasoning: number }
  push(increment: Pick<Increment, 'text' | 'tokens' | 'logprobs'>): readonly Part[]
  end(isCut: boolean): readonly Part[]
}

/**
 * A token counts as reasoning where any of its text belongs to a thought or its markers.
 * Log-probabilities go with the text of their token, or with the next text where it has none.
 */
function replyReader(splitter: ReasoningSplitter): ReplyReader {
  const counts = { output: 0, reasoning: 0 }
  /** Tokens of text that is held back, because it may become a marker. */
  let undecided = 0
  /** Absent until there are log-probabilities to carry. */
  let carrier: LogprobCarrier | undefined

  const withLogprobs = (parts: Iterable<Part>) =>
    carrier ? Array.from(parts, carrier.attachTo) : [...parts]

  return {
    counts,
    get thinking() {
      return splitter.thinking
    },
    get pending() {
      return splitter.pending
    },
    push({ text, tokens, logprobs }) {
      const wasThinking = splitter.thinking
      if (logprobs) {
        carrier ??= logprobCarrier()
        carrier.push(logprobs)
      }
      const parts = withLogprobs(splitter.push(text))
      const isReasoning =
        wasThinking || splitter.thinking || parts.some(({ type }) => type === 'reasoning')
      counts.output += tokens.length
      undecided += tokens.length
      if (isReasoning) counts.reasoning += undecided
      if (isReasoning || splitter.pending === '') undecided = 0
      return parts
    },
    end(isCut) {
      const parts = withLogprobs(splitter.end(isCut))
      // Text that was held back and is dropped was a part of a marker.
      if (isCut && parts.length === 0) counts.reasoning += undecided
      undecided = 0
      return parts
    },
  }
}
