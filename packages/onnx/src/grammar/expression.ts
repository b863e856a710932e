import type { NumberRange } from './utf8-ranges.ts'

/** A part of a grammar, over bytes. */
export type Expression =
  | { readonly type: 'text'; readonly bytes: Uint8Array }
  /** One byte in one of the ranges. */
  | { readonly type: 'byte'; readonly ranges: readonly NumberRange[] }
  | { readonly type: 'sequence'; readonly first: Expression; readonly second: Expression }
  | { readonly type: 'choice'; readonly options: readonly Expression[] }
  | {
      readonly type: 'repetition'
      readonly body: Expression
      readonly min: number
      readonly max: number
    }
  | { readonly type: 'rule'; readonly name: string }

/** The rules of a grammar, by name. It starts with the rule `root`. */
export type GrammarRules = ReadonlyMap<string, Expression>

/** One after another. */
export function sequence(parts: readonly Expression[]): Expression {
  const last = parts.at(-1) ?? { type: 'text', bytes: new Uint8Array() }
  return parts
    .slice(0, -1)
    .reduceRight((second, first) => ({ type: 'sequence', first, second }), last)
}

/** One of several. */
export function choice(options: readonly Expression[]): Expression {
  const [only] = options
  return only && options.length === 1 ? only : { type: 'choice', options }
}
