import { heldBack, type Part, type TextMachine } from '@nano/core'
import type { ToolCallOptions } from '../format.ts'

export interface TagOptions extends ToolCallOptions {
  readonly open: string
  readonly close: string
}

/**
 * Turns a JSON list of `{ name, arguments }` between two tags into calls, each emitted whole; the rest passes as text.
 * What cannot be parsed stays text, tags included, so that nothing is lost. A missing closing tag at the end is forgiven.
 */
export function taggedToolCalls({ open, close, taken }: TagOptions): TextMachine {
  let held = ''
  let inside = false
  let count = 0

  function nextId(): string {
    const id = `call_${++count}`
    return taken.includes(id) ? nextId() : id
  }

  function* parsed(body: string, tail: string): Iterable<Part> {
    const calls = parseCalls(body)
    if (!calls) return yield { type: 'text', text: open + body + tail }
    for (const { name, input } of calls) yield { type: 'tool-call', id: nextId(), name, input }
  }

  return {
    *push(text) {
      held += text
      for (;;) {
        const at = inside ? endOfCalls(held, close) : held.indexOf(open)
        if (at < 0) break
        const before = held.slice(0, at)
        held = held.slice(at + (inside ? close : open).length)
        if (inside) yield* parsed(before, close)
        else if (before) yield { type: 'text', text: before }
        inside = !inside
      }
      if (inside) return
      const ready = held.slice(0, held.length - heldBack(held, open))
      held = held.slice(ready.length)
      if (ready) yield { type: 'text', text: ready }
    },
    *end() {
      const rest = held
      held = ''
      if (inside) yield* parsed(rest, '')
      else if (rest) yield { type: 'text', text: rest }
    },
  }
}

/** Where the closing tag stands, not counting one inside a JSON string. */
function endOfCalls(text: string, close: string): number {
  for (let at = text.indexOf(close); at >= 0; at = text.indexOf(close, at + 1)) {
    const quotes = text.slice(0, at).replaceAll(/\\./g, '').split('"').length - 1
    if (quotes % 2 === 0) return at
  }
  return -1
}

function parseCalls(body: string): { name: string; input: unknown }[] | undefined {
  try {
    const value: unknown = JSON.parse(body)
    const calls = (Array.isArray(value) ? value : [value]).map(toCall)
    return calls.length > 0 && calls.every((call) => call !== undefined) ? calls : undefined
  } catch {
    return undefined
  }
}

function toCall(value: unknown): { name: string; input: unknown } | undefined {
  if (typeof value !== 'object' || value === null || !('name' in value) || typeof value.name !== 'string' || value.name === '') return undefined
  // Llama 3's own name for them is what the family falls back to.
  const input = 'arguments' in value ? value.arguments : 'parameters' in value ? value.parameters : {}
  return typeof input === 'object' && input !== null ? { name: value.name, input } : undefined
}
