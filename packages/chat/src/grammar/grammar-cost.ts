/**
 * What llama.cpp reads in about 15 ms, while its thread does nothing else: 500,000 characters
 * of ASCII. A schema that would cost more has a wider grammar.
 */
export const maxCost = 500_000
/** Beside its body, a rule takes as long as 100 characters. */
export const ruleCost = 100
/** The share of the cost that values and texts may take; the rest is for what has them in it. */
export const valueShare = 0.75
const groupCost = 25
const copyCost = 50

/** The marks of groups and repetitions: `(`, `*`, `+` and `?`. */
const groupMarks: readonly number[] = [40, 42, 43, 63]
const lastGroupMark = 63
/** Later characters are two or three bytes in UTF-8. */
const lastOfAscii = 127
const [openBrace, comma, zero, nine] = [123, 44, 48, 57]

/**
 * What it costs llama.cpp to read a body, in characters of plain text. A group or a repetition
 * takes as long as 25 of them, and each copy of what is repeated 50.
 */
export function estimateCost(body: string): number {
  let cost = body.length
  for (let at = 0; at < body.length; at++) {
    const code = body.charCodeAt(at)
    if (code === openBrace) cost += copyCost * readCount(body, at + 1)
    else if (code > lastOfAscii) cost += 2
    else if (code <= lastGroupMark && groupMarks.includes(code)) cost += groupCost
  }
  return cost
}

/** The last of the counts at a place; 0 where there is none, as in a text. */
function readCount(body: string, start: number): number {
  let count = 0
  for (let at = start; ; at++) {
    const code = body.charCodeAt(at)
    if (code >= zero && code <= nine) count = count * 10 + code - zero
    else if (code === comma) count = 0
    else return count
  }
}
