import { type Call, type FinishReason, type GenerateRequest, type Part, type Sampling, splitReasoning, type TextMachine } from '@nano/core'
import type { Engine, Start } from './engine.ts'
import { type ChatFormat, conversation } from './format.ts'

interface ReplyOptions {
  readonly engine: Engine
  readonly format: ChatFormat
  readonly request: GenerateRequest
  readonly prompt: readonly number[]
  readonly call: Call
}

export interface Reply {
  /** Reasoning, text and a finish. */
  readonly parts: AsyncGenerator<Part>
  /** A finish with what was spent so far, for a reply that is stopped from outside. */
  finish(reason: FinishReason): Part
}

/**
 * One reply of an engine: samples, splits off the thought, keeps the reasoning budget, and counts.
 * A thought although reasoning is off is not shown; it counts.
 */
export function reply({ engine, format, request, prompt, call }: ReplyOptions): Reply {
  const { reasoning: mode } = conversation(request, format)
  const tally = counted(splitter(format, request))
  const budget = mode === 'on' ? (request.reasoningBudget ?? Infinity) : Infinity
  let start: Start | undefined

  function finish(reason: FinishReason): Part {
    const { cachedInput, ...timings } = start ?? {}
    const { output, reasoning } = tally.spent
    return {
      type: 'finish',
      reason,
      usage: { input: prompt.length, ...(cachedInput !== undefined && { cachedInput }), output, ...(format.reasoning && { reasoning }) },
      timings,
    }
  }

  const shown = function* (parts: Iterable<Part>): Iterable<Part> {
    for (const part of parts) if (part.type !== 'reasoning' || mode === 'on') yield part
  }

  async function* generate(): AsyncGenerator<Part> {
    let written = prompt
    for (;;) {
      const sampled: number[] = []
      const left = Math.min((request.maxTokens ?? Infinity) - tally.spent.output, engine.info.contextLength - written.length)
      if (left <= 0) {
        yield* shown(tally.end())
        return yield finish('length')
      }

      const options = {
        sampling: sampling(engine, format, request),
        maxTokens: left,
        sampled: written.length - prompt.length,
        signal: call.signal,
        ...(call.onPrefill && { onPrefill: call.onPrefill }),
      }
      for await (const increment of engine.complete(written, options)) {
        start ??= increment.start
        sampled.push(...increment.tokens)
        yield* shown(tally.push(increment.text, increment.tokens.length))
        if (increment.end) {
          yield* shown(tally.end())
          return yield finish(increment.end)
        }
        if (tally.thinking && tally.spent.reasoning >= budget) break
      }

      // The budget is used up: write the end of the thought for the model, and let it go on to the answer.
      const closing = format.reasoning?.closing ?? ''
      yield* shown(tally.push(closing, 0))
      written = [...written, ...sampled, ...(await engine.tokenize([{ text: closing }]))]
    }
  }

  return { parts: generate(), finish }
}

interface Counted {
  readonly spent: { readonly output: number; readonly reasoning: number }
  readonly thinking: boolean
  push(text: string, tokens: number): Iterable<Part>
  end(): Iterable<Part>
}

/** Counts a token as reasoning when its text, in part or whole, belongs to a thought or its markers. */
function counted(machine: TextMachine & { readonly thinking: boolean; readonly undecided: boolean }): Counted {
  const spent = { output: 0, reasoning: 0 }
  /** Tokens of text that may still turn out to be a marker. */
  let open = 0

  return {
    spent,
    get thinking() {
      return machine.thinking
    },
    push(text, tokens) {
      const before = machine.thinking
      const parts = [...machine.push(text)]
      const thought = before || machine.thinking || parts.some(({ type }) => type === 'reasoning')
      spent.output += tokens
      open += tokens
      if (thought) spent.reasoning += open
      if (thought || !machine.undecided) open = 0
      return parts
    },
    end: () => machine.end(),
  }
}

function splitter(format: ChatFormat, request: GenerateRequest): Parameters<typeof counted>[0] {
  const { reasoning } = format
  if (reasoning) return splitReasoning({ ...reasoning, startsOpen: reasoning.startsOpen?.(conversation(request, format)) ?? false })
  return { thinking: false, undecided: false, push: (text) => (text ? [{ type: 'text', text }] : []), end: () => [] }
}

/** What the request says, else the family's advice for the mode where the engine honours it. */
function sampling(engine: Engine, format: ChatFormat, request: GenerateRequest): Sampling {
  const advice = Object.entries(format.advice[conversation(request, format).reasoning])
  return { ...Object.fromEntries(advice.filter(([name]) => engine.sampling.some((setting) => setting === name))), ...request.sampling }
}
