import type { CallSyntax, ParsedCall } from './tagged.ts'

const closers: Readonly<Record<string, string>> = { '{': '}', '[': ']' }

/** Calls as JSON objects of `{ name, arguments }`; those may be a JSON string. Brackets left open at the end are closed. */
export const jsonSyntax: CallSyntax = { begins: '{', end: (text) => scan(text).end, parse: parseCall, mend: closeBrackets, inside: (text) => scan(text).quoted }

/**
 * The value with the brackets closed that were left open: `{"a": {"b": 1` and `{"a": {"b": 1]` both become `{"a": {"b": 1}}`.
 * Only at its end: nothing but brackets, commas and white space may follow. Nothing where a string is left open.
 */
function closeBrackets(text: string): string | undefined {
  const { end, open, stopped, quoted } = scan(text)
  if (end !== undefined) return text.slice(0, end)
  if (quoted || /[^\s,\]}]/.test(text.slice(stopped))) return undefined
  return text.slice(0, stopped) + open.toReversed().map((bracket) => closers[bracket]).join('')
}

interface Scan {
  readonly end?: number
  /** Brackets that are open where the scan stopped: at a bracket that does not match, or at the end. */
  readonly open: readonly string[]
  readonly stopped: number
  /** It stopped inside a string. */
  readonly quoted: boolean
}

function scan(text: string): Scan {
  const open: string[] = []
  let quoted = false
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at)
    if (quoted) {
      if (character === '\\') at++
      else if (character === '"') quoted = false
    } else if (character === '"') quoted = true
    else if (character === '{' || character === '[') open.push(character)
    else if (character === '}' || character === ']') {
      if (closers[open.at(-1) ?? ''] !== character) return { open, stopped: at, quoted }
      open.pop()
      if (open.length === 0) return { end: at + 1, open, stopped: at, quoted }
    }
  }
  return { open, stopped: text.length, quoted }
}

function parseCall(json: string): ParsedCall | undefined {
  const value = parsed(json)
  if (typeof value !== 'object' || value === null || !('name' in value) || typeof value.name !== 'string' || value.name === '') return undefined
  // Llama 3's own name for them is what models fall back to.
  const given = 'arguments' in value ? value.arguments : 'parameters' in value ? value.parameters : {}
  const input = typeof given === 'string' ? parsed(given) : given
  return typeof input === 'object' && input !== null ? { name: value.name, input } : undefined
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}
