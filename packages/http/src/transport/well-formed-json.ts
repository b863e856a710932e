import { writeJson } from '@nano/core/driver'

/** Backslashes that stand for themselves, and lone surrogates, which `JSON.stringify` escapes. */
const escapes = /\\\\|\\ud[89a-f][0-9a-f]{2}/g

/**
 * The JSON text of a body. A lone surrogate, half of a character that was cut, becomes the
 * replacement character: servers refuse a body with one. Throws
 * `invalid-request` for a body that is too long.
 */
export function toWellFormedJson(body: object): string {
  const json = writeJson(body)
  return json.includes('\\ud')
    ? json.replace(escapes, (escape) => (escape === '\\\\' ? escape : '\uFFFD'))
    : json
}
