import { heldBack, type Part, type ReasoningSplitter } from '@nano/core'

/** Between a header and what is said. */
const message = '<|message|>'
/** What may stand after what is said; the next header begins behind `<|end|>`, or with `<|start|>` itself. */
const ends = ['<|end|>', '<|call|>', '<|start|>']

/**
 * Splits messages of the Harmony format by their headers: the channel `analysis` is reasoning, and any other text. A message to a
 * tool becomes text in the Hermes syntax, for the parser of tool calls. Headers are dropped; messages are joined by a blank line.
 * @see https://cookbook.openai.com/articles/openai-harmony
 */
export function splitHarmony({ begun }: { readonly begun?: 'reasoning' | 'text' | undefined }): ReasoningSplitter {
  let phase: 'header' | 'reasoning' | 'text' | 'call' = begun ?? 'header'
  let held = ''
  /** Nothing of this message was emitted yet. */
  let fresh = begun === undefined
  /** What was emitted in earlier messages. */
  const emitted = new Set<Part['type']>(begun && [begun])

  function* emit(text: string): Iterable<Part> {
    const type = phase === 'reasoning' ? 'reasoning' : 'text'
    if (!text) return
    if (fresh && phase !== 'call' && emitted.has(type)) yield { type, text: '\n\n' }
    fresh = false
    emitted.add(type)
    yield { type, text }
  }

  function* header(): Generator<Part, boolean> {
    const at = held.indexOf(message)
    if (at < 0 && isHeader(held)) return false
    const written = at < 0 ? '' : held.slice(0, at)
    held = held.slice(at < 0 ? 0 : at + message.length)
    fresh = true
    const tool = /\bto=(?:functions\.)?([^\s<]+)/.exec(written)?.[1]
    phase = tool ? 'call' : written.includes('<|channel|>analysis') ? 'reasoning' : 'text'
    if (tool) yield* emit(`<tool_call>{"name": ${JSON.stringify(tool)}, "arguments": `)
    return true
  }

  function* body(): Generator<Part, boolean> {
    const [end] = ends.map((end) => ({ end, at: held.indexOf(end) })).filter(({ at }) => at >= 0).toSorted((a, b) => a.at - b.at)
    const ready = end?.at ?? held.length - Math.max(...ends.map((end) => heldBack(held, end)))
    yield* emit(held.slice(0, ready))
    held = held.slice(ready)
    if (!end) return false
    if (phase === 'call') yield* emit('}</tool_call>')
    held = end.end === '<|start|>' ? held : held.slice(end.end.length)
    phase = 'header'
    return true
  }

  return {
    get thinking() {
      return phase === 'reasoning'
    },
    get held() {
      return held
    },
    *push(text) {
      held += text
      while (held && (yield* phase === 'header' ? header() : body()));
    },
    *end(cut = false) {
      const rest = held
      held = ''
      if (phase !== 'header') yield* emit(cut && phase === 'reasoning' ? rest.slice(0, rest.length - Math.max(...ends.map((end) => heldBack(rest, end)))) : rest)
      else if (!cut) {
        phase = 'text'
        yield* emit(rest)
      }
      // The token that ends a call ends the reply, and is not in the text.
      if (phase === 'call' && !cut) yield* emit('}</tool_call>')
    },
  }
}

/** Whether text, so far, can be the beginning of a header; a model that leaves out the header writes text. */
function isHeader(text: string): boolean {
  const trimmed = text.trimStart()
  return ['<|start|>', '<|channel|>', 'to=', message].some((begin) => trimmed.startsWith(begin) || begin.startsWith(trimmed))
}
