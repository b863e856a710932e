import type { ToolCall } from '@nano/core'
import { isJsonObject } from '@nano/core/driver'

/** Encodings inside each other that are read: servers encode what a model encoded. */
const maxEncodings = 3

/**
 * Reads the arguments of a tool call, which are an object: from JSON, from JSON in a JSON string,
 * or as the server has parsed them. Nothing at all, which servers send for a call without
 * arguments, is `{}`. An integer that JavaScript would round is a fault.
 */
export function readCallInput(
  argumentsValue: unknown,
): { readonly input: ToolCall['input'] } | { readonly fault: string } {
  let value = argumentsValue
  for (let encoding = 0; typeof value === 'string'; encoding++) {
    const text = value.trim()
    if (text === '') return { input: {} }
    if (hasRoundedInteger(text)) return { fault: roundingFault }
    if (encoding === maxEncodings) return { fault: 'whose arguments are a text' }
    try {
      value = JSON.parse(text) as unknown
    } catch {
      return { fault: 'whose arguments are not JSON' }
    }
  }
  if (value === null || value === undefined) return { input: {} }
  if (!isJsonObject(value))
    return { fault: `whose arguments are a ${Array.isArray(value) ? 'list' : typeof value}` }
  return typeof argumentsValue !== 'string' && containsUnsafeInteger(value)
    ? { fault: roundingFault }
    : { input: value }
}

/** Whether the text of a call's arguments is a whole object. */
export function isWholeInput(text: string): boolean {
  // Parsing each longer text would be O(n²).
  if (!text.trimEnd().endsWith('}')) return false
  try {
    return isJsonObject(JSON.parse(text))
  } catch {
    return false
  }
}

const roundingFault = 'whose arguments contain an integer beyond 2^53, which would be rounded'

/** Texts and numbers of JSON. */
const jsonTokens = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g

function hasRoundedInteger(json: string): boolean {
  if (!/\d{16}/.test(json)) return false
  return (json.match(jsonTokens) ?? []).some(
    (token) => /^-?\d{16,}$/.test(token) && BigInt(token) !== BigInt(Number(token)),
  )
}

/** A server that has parsed the arguments sends numbers that are rounded by now. */
function containsUnsafeInteger(value: unknown): boolean {
  if (typeof value === 'number') return Number.isInteger(value) && !Number.isSafeInteger(value)
  if (typeof value !== 'object' || value === null) return false
  return Object.values(value).some(containsUnsafeInteger)
}
