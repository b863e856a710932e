import { type Call, type FinishReason, type GenerateRequest, NanoError, type Part, type ReasoningSplitter, type Sampling, splitReasoning } from '@nano/core'
import type { Engine, Start } from './engine.ts'
import { type ChatFormat, conversation, goesOnThinking } from './format.ts'
import { controlsIn } from './prompt.ts'

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

/** A model that thinks again after its thought was closed is not closed for ever. */
const closings = 2

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
    for (let closed = 0; ; closed++) {
      const left = Math.min((request.maxTokens ?? Infinity) - tally.spent.output, engine.info.contextLength - written.length)
      if (left <= 0 || closed > closings) {
        yield* shown(tally.end(true))
        return yield finish('length')
      }

      const sampled: number[] = []
      let spentUp = false
      const options = {
        sampling: sampling(engine, format, request),
        maxTokens: left,
        sampled: written.length - prompt.length,
        signal: call.signal,
        ...(format.reasoning?.controls && { controlText: true }),
        ...(call.onPrefill && { onPrefill: call.onPrefill }),
      }
      for await (const increment of engine.complete(written, options)) {
        if (increment.start) start = start ? { ...start, waiting: start.waiting + increment.start.waiting } : increment.start
        sampled.push(...increment.tokens)
        yield* shown(tally.push(increment.text, increment.tokens.length))
        if (increment.end) {
          yield* shown(tally.end(increment.end === 'length'))
          return yield finish(increment.end)
        }
        if (tally.thinking && tally.spent.reasoning >= budget) {
          spentUp = true
          break
        }
      }
      if (!spentUp) throw new NanoError('bad-output', `${engine.name} ended a completion without saying why`)

      // The budget is used up: write the end of the thought for the model, and let it go on to the answer.
      const closing = rest(format.reasoning?.closing ?? '', tally.held)
      yield* shown(tally.push(closing, 0))
      written = [...written, ...sampled, ...(await engine.tokenize(controlsIn(closing, format.reasoning?.controls ?? [])))]
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

interface Counted extends ReasoningSplitter {
  readonly spent: { readonly output: number; readonly reasoning: number }
  push(text: string, tokens?: number): Iterable<Part>
}

/** Counts a token as reasoning when its text, in part or whole, belongs to a thought or its markers. */
function counted(machine: ReasoningSplitter): Counted {
  const spent = { output: 0, reasoning: 0 }
  /** Tokens of text that may still turn out to be a marker. */
  let open = 0

  return {
    spent,
    get thinking() {
      return machine.thinking
    },
    get held() {
      return machine.held
    },
    push(text, tokens = 0) {
      const before = machine.thinking
      const parts = [...machine.push(text)]
      const thought = before || machine.thinking || parts.some(({ type }) => type === 'reasoning')
      spent.output += tokens
      open += tokens
      if (thought) spent.reasoning += open
      if (thought || machine.held === '') open = 0
      return parts
    },
    end(cut = false) {
      const parts = [...machine.end(cut)]
      // Held back to the end, and not given out: it was half a marker.
      if (cut && parts.length === 0) spent.reasoning += open
      open = 0
      return parts
    },
  }
}

function splitter(format: ChatFormat, request: GenerateRequest): ReasoningSplitter {
  const { reasoning } = format
  if (!reasoning) return { thinking: false, held: '', push: (text) => (text ? [{ type: 'text', text }] : []), end: () => [] }
  const asked = conversation(request, format)
  if (reasoning.split) return reasoning.split(asked)
  return splitReasoning({ ...reasoning, startsOpen: goesOnThinking(asked) ? 'begun' : (reasoning.startsOpen?.(asked) ?? false) })
}

/** What the request says, else the family's advice for the mode where the engine honours it. */
function sampling(engine: Engine, format: ChatFormat, request: GenerateRequest): Sampling {
  const advice = Object.entries(format.advice[conversation(request, format).reasoning])
  return { ...Object.fromEntries(advice.filter(([name]) => engine.sampling.some((setting) => setting === name))), ...request.sampling }
}
