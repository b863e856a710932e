import {
  type FinishReason,
  type GenerateRequest,
  NanoError,
  type Part,
  type Sampling,
} from '@nano/core'
import {
  type Call,
  joinSignals,
  logprobCarrier,
  type ReasoningSplitter,
  splitReasoning,
} from '@nano/core/driver'
import type { Constraint } from './constrain-reply.ts'
import type { Engine, Increment, PrefillStats, Steering } from './engine.ts'
import {
  type ChatFormat,
  type Conversation,
  toConversation,
  continuesThought,
} from '../format/chat-format.ts'
import { controlsIn } from '../prompt/prompt.ts'
import { collectCallIds } from '../tool-calls/call-ids.ts'

interface ReplyOptions {
  readonly engine: Engine
  readonly format: ChatFormat
  readonly request: GenerateRequest
  /** Its tokens, asked for when the work starts. */
  prompt(): Promise<readonly number[]>
  /** What the reply has to keep to. */
  readonly constraint?: Constraint | undefined
  readonly call: Call
}

export interface Reply {
  /** Reasoning, text, calls and a finish. */
  readonly parts: AsyncGenerator<Part>
  /**
   * A finish with what was spent so far, for a reply that is stopped from outside; one that stops
   * with a call finished to call.
   */
  finish(reason: FinishReason): Part
}

/** A model that thinks again after its thought was closed is not closed for ever. */
const closings = 2

/**
 * One reply of an engine: samples, splits off the thought, finds the calls, keeps the reasoning
 * budget, and counts. A thought although reasoning is off is not shown; it counts.
 */
export function reply({
  engine,
  format,
  request,
  prompt: asked,
  constraint,
  call,
}: ReplyOptions): Reply {
  const { reasoning: mode } = toConversation(request, format)
  const tally = counted(splitter(format, request))
  const budget = mode === 'on' ? (request.reasoningBudget ?? Infinity) : Infinity
  let input = 0
  let start: PrefillStats | undefined
  let called = false

  function finish(reason: FinishReason): Part {
    const { cachedInput, ...timings } = start ?? {}
    const { output, reasoning } = tally.spent
    return {
      type: 'finish',
      finishReason: called && reason === 'stop' ? 'tool-calls' : reason,
      usage: {
        input,
        ...(cachedInput !== undefined && { cachedInput }),
        output,
        ...(format.reasoning && { reasoning }),
      },
      timings,
    }
  }

  /** Whether a part is for the caller. */
  function shown({ type }: Part): boolean {
    called ||= type === 'tool-call'
    return type !== 'reasoning' || mode === 'on'
  }

  async function* generate(): AsyncGenerator<Part> {
    const prompt = await asked()
    input = prompt.length
    const limit = request.maxTokens ?? Infinity
    const room = engine.info.contextLength - prompt.length
    /** Tokens that were written for the model. */
    let written = 0
    let closed = 0
    const left = () => Math.min(limit - tally.spent.output, room - tally.spent.output - written)
    const leaving = new AbortController()
    const { signal, release } = joinSignals(call.signal, leaving.signal)
    const completion = engine.complete(prompt, {
      sampling: sampling(engine, format, request),
      maxTokens: left(),
      signal,
      ...(constraint && { grammar: constraint.reply }),
      ...(request.logprobs !== undefined && { logprobs: request.logprobs }),
      ...(request.lora !== undefined && { lora: request.lora }),
      ...(format.reasoning?.controlTokens && { showControlTokens: true }),
      ...(call.onPrefill && { onPrefill: call.onPrefill }),
    })

    /**
     * The increment to come: asked for before parts are given out, so that the engine works while
     * they are read.
     */
    let next: ReturnType<typeof completion.next> | undefined
    const ask = (steering?: Steering) => {
      next = completion.next(steering)
      // Who leaves never hears how it went.
      next.catch(() => {})
      return next
    }

    try {
      for (;;) {
        const { value: increment, done } = await (next ?? ask())
        next = undefined
        if (done)
          throw new NanoError('bad-output', `${engine.name} ended a completion without saying why`)
        if (increment.prefill) start = { ...start, ...increment.prefill }
        const parts = tally.push(increment)
        const spent = tally.thinking && tally.spent.reasoning >= budget
        if (!increment.finishReason && !spent) ask()
        for (const part of parts) if (shown(part)) yield part
        if (increment.finishReason) {
          for (const part of tally.end(increment.finishReason === 'length'))
            if (shown(part)) yield part
          return yield finish(increment.finishReason)
        }
        if (!spent) continue

        // The budget is used up: the end of the thought is written for the model, and it goes on to
        // the answer.
        const closing = rest(format.reasoning?.closingText ?? '', tally.pending)
        const tokens = await engine.tokenize(
          controlsIn(closing, format.reasoning?.controlTokens ?? []),
          call.signal,
        )
        written += tokens.length
        if (closed++ === closings || left() <= 0) {
          for (const part of tally.end(true)) if (shown(part)) yield part
          return yield finish('length')
        }
        for (const part of tally.push({ text: closing, tokens: [] })) if (shown(part)) yield part
        ask({
          replacement: [...increment.tokens, ...tokens],
          maxTokens: left(),
          ...(constraint && { grammar: constraint.answer }),
        })
      }
    } finally {
      // It may be waiting for somebody.
      if (next) leaving.abort()
      await completion.return().finally(release)
    }
  }

  return { parts: generate(), finish }
}

/** What is left of `closing` when the model has begun to write it by itself. */
function rest(closing: string, held: string): string {
  const marker = closing.trimStart()
  const begun = held.trimStart()
  return begun !== '' && marker.startsWith(begun) ? marker.slice(begun.length) : closing
}

interface Counted extends Pick<ReasoningSplitter, 'thinking' | 'pending' | 'end'> {
  readonly spent: { readonly output: number; readonly reasoning: number }
  push(increment: Pick<Increment, 'text' | 'tokens' | 'logprobs'>): Iterable<Part>
}

/**
 * Counts a token as reasoning when its text, in part or whole, belongs to a thought or its markers.
 * Log-probabilities go with the text of their token, or with what follows where that has none to
 * show.
 */
function counted(machine: ReasoningSplitter): Counted {
  const spent = { output: 0, reasoning: 0 }
  const carried = logprobCarrier()
  /** Tokens of text that may still turn out to be a marker. */
  let open = 0

  return {
    spent,
    get thinking() {
      return machine.thinking
    },
    get pending() {
      return machine.pending
    },
    push({ text, tokens, logprobs }) {
      const before = machine.thinking
      carried.push(logprobs)
      const parts = [...machine.push(text)].map(carried.onto)
      const thought = before || machine.thinking || parts.some(({ type }) => type === 'reasoning')
      spent.output += tokens.length
      open += tokens.length
      if (thought) spent.reasoning += open
      if (thought || machine.pending === '') open = 0
      return parts
    },
    end(cut = false) {
      const parts = [...machine.end(cut)].map(carried.onto)
      // Held back to the end, and not given out: it was half a marker.
      if (cut && parts.length === 0) spent.reasoning += open
      open = 0
      return parts
    },
  }
}

/** Splits off the thought, and around that finds the calls, where tools are offered. */
function splitter(format: ChatFormat, request: GenerateRequest): ReasoningSplitter {
  const asked = toConversation(request, format)
  const { messages, tools } = asked
  const thoughts = thoughtSplitter(format, asked)
  return format.splitToolCalls && tools.length > 0
    ? format.splitToolCalls(thoughts, { earlierIds: collectCallIds(messages), tools })
    : thoughts
}

function thoughtSplitter({ reasoning }: ChatFormat, asked: Conversation): ReasoningSplitter {
  if (!reasoning)
    return {
      thinking: false,
      pending: '',
      push: (text) => (text ? [{ type: 'text', text }] : []),
      end: () => [],
    }
  if (reasoning.splitReply) return reasoning.splitReply(asked)
  return splitReasoning({
    ...reasoning,
    startsOpen: continuesThought(asked)
      ? 'begun'
      : (reasoning.promptOpensThought?.(asked) ?? false),
  })
}

/** What the request says, else the family's advice for the mode where the engine honours it. */
function sampling(engine: Engine, format: ChatFormat, request: GenerateRequest): Sampling {
  const advice = Object.entries(format.advice[toConversation(request, format).reasoning])
  return {
    ...Object.fromEntries(
      advice.filter(([name]) => engine.sampling.some((setting) => setting === name)),
    ),
    ...request.sampling,
  }
}
