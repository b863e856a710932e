import type { Part } from '@nano/core'
import { heldBack, type ReasoningSplitter } from '@nano/core/driver'
import { callIdGenerator } from '../tool-calls/call-ids.ts'

/** Between a header and what is said. */
const message = '<|message|>'
/**
 * What may stand after what is said; the next header begins behind `<|end|>`, or with `<|start|>`
 * itself.
 */
const ends = ['<|end|>', '<|call|>', '<|start|>']

interface HarmonyOptions {
  /** The prompt ends inside a message, in this part of it. */
  readonly begun?: 'reasoning' | 'text' | undefined
  /** Absent: no tools are offered, and calls are text. */
  readonly calls?: { readonly taken: readonly string[] } | undefined
}

/**
 * Splits messages of the Harmony format by their headers: the channel `analysis` is reasoning, a
 * message to a tool is a call where tools are offered, and any other text. What is said to a tool
 * and is no JSON object stays text; nothing said is a call without arguments. Headers are dropped;
 * messages are joined by a blank line.
 * @see https://cookbook.openai.com/articles/openai-harmony
 */
export function splitHarmony({ begun, calls }: HarmonyOptions): ReasoningSplitter {
  const nextId = callIdGenerator(calls?.taken ?? [])
  let phase: 'header' | 'reasoning' | 'text' | 'call' = begun ?? 'header'
  let held = ''
  /** Nothing of this message was emitted yet. */
  let fresh = begun === undefined
  /** What was emitted in earlier messages. */
  const emitted = new Set<Part['type']>(begun && [begun])
  /** The tool that is called, and what was said to it so far. */
  let tool = ''
  let said = ''

  function* emit(text: string): Iterable<Part> {
    if (phase === 'call') said += text
    else yield* show(text, phase === 'reasoning' ? 'reasoning' : 'text')
  }

  function* show(text: string, type: 'reasoning' | 'text'): Iterable<Part> {
    if (!text) return
    if (fresh && emitted.has(type)) yield { type, text: '\n\n' }
    fresh = false
    emitted.add(type)
    yield { type, text }
  }

  /** A call that is over. `cut`: the reply was cut off there, so it is none. */
  function* call(cut = false): Iterable<Part> {
    const input = cut ? undefined : parsed(said)
    if (input) yield { type: 'tool-call', id: nextId(), name: tool, input }
    else yield* show(said, 'text')
    said = ''
  }

  /** Each step returns whether there is more to do with what is held. A header emits nothing. */
  function header(): boolean {
    // Asked first: text that is no header stays text, whatever follows it in the same push.
    const at = isHeader(held) ? held.indexOf(message) : 0
    if (at < 0) return false
    const written = held.slice(0, at)
    held = held.slice(at > 0 || held.startsWith(message) ? at + message.length : 0)
    fresh = true
    tool = /\bto=(?:functions\.)?([^\s<]+)/.exec(written)?.[1] ?? ''
    phase = tool && calls ? 'call' : written.includes('<|channel|>analysis') ? 'reasoning' : 'text'
    return true
  }

  function* body(): Generator<Part, boolean> {
    const [end] = ends
      .map((end) => ({ end, at: held.indexOf(end) }))
      .filter(({ at }) => at >= 0)
      .sort((a, b) => a.at - b.at)
    const ready = end?.at ?? held.length - Math.max(...ends.map((end) => heldBack(held, end)))
    yield* emit(held.slice(0, ready))
    held = held.slice(ready)
    if (!end) return false
    if (phase === 'call') yield* call()
    held = end.end === '<|start|>' ? held : held.slice(end.end.length)
    phase = 'header'
    return true
  }

  return {
    get thinking() {
      return phase === 'reasoning'
    },
    get pending() {
      return held
    },
    *push(text) {
      held += text
      while (held && (phase === 'header' ? header() : yield* body()));
    },
    *end(cut = false) {
      const rest = held
      held = ''
      if (phase !== 'header')
        yield* emit(
          cut && phase === 'reasoning'
            ? rest.slice(0, rest.length - Math.max(...ends.map((end) => heldBack(rest, end))))
            : rest,
        )
      else if (!cut) {
        phase = 'text'
        yield* emit(rest)
      }
      // The token that ends a call ends the reply, and is not in the text.
      if (phase === 'call') yield* call(cut)
    },
  }
}

/**
 * Whether text, so far, can be the beginning of a header; a model that leaves out the header writes
 * text.
 */
function isHeader(text: string): boolean {
  const trimmed = text.trimStart()
  return ['<|start|>', '<|channel|>', 'to=', message].some(
    (begin) => trimmed.startsWith(begin) || begin.startsWith(trimmed),
  )
}

function parsed(json: string): object | undefined {
  try {
    const value: unknown = JSON.parse(json.trim() || '{}')
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    return undefined
  }
}
