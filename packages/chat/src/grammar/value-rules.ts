import { allTypes, hasType, type Steps } from '@nano/core/driver'
import { anyOfType } from './any-value.ts'
import { eitherDefined, type GrammarBuilder } from './grammar-builder.ts'
import { valueShare } from './grammar-cost.ts'
import { jsonCharacter } from './json-string.ts'
import { literalTree } from './literal-tree.ts'

/** The values that are read in one step. */
const stepLength = 500

/** More values are not written into the rule that has them. */
const maxInlineValues = 64

/** Of each text, where they are too many for a grammar, at most so many characters are written. */
const maxPrefixLength = 8

/**
 * One of some values; undefined where there is none. Where they are too many for a grammar, it has
 * the first characters of the texts among them, and the types of the others.
 */
export function* valuesBody(
  grammar: GrammarBuilder,
  values: readonly unknown[],
): Steps<string | undefined> {
  if (values.length === 0) return undefined
  const texts = new Set<string>()
  for (const [index, value] of values.entries()) {
    texts.add(JSON.stringify(value))
    if (index % stepLength === 0) yield
  }
  const body =
    (yield* literalTree(grammar, { texts, share: valueShare })) ??
    (yield* shortenedBody(grammar, values))
  yield
  return values.length > maxInlineValues ? grammar.shareRule('values', body) : body
}

function* shortenedBody(grammar: GrammarBuilder, values: readonly unknown[]): Steps<string> {
  const otherTypes = new Set<string>()
  const texts: string[] = []
  for (const value of values) {
    yield
    if (typeof value === 'string') texts.push(value)
    else otherTypes.add(allTypes.find((type) => hasType(value, type)) ?? 'null')
  }
  return (
    eitherDefined([
      texts.length > 0 ? yield* beginningsBody(grammar, texts) : undefined,
      ...Array.from(otherTypes, (type) => anyOfType(grammar, type)),
    ]) ?? ''
  )
}

/** As many first characters of some texts as fit into the grammar, and then any others. */
function* beginningsBody(grammar: GrammarBuilder, texts: readonly string[]): Steps<string> {
  const anyRest = grammar.shareRule('any-rest', `${jsonCharacter}* "\\""`)
  for (let length = maxPrefixLength; length > 0; length--) {
    const beginnings = new Set<string>()
    for (const [index, text] of texts.entries()) {
      const beginning = Array.from(text.slice(0, 2 * length))
        .slice(0, length)
        .join('')
      // Without the closing mark, which `anyRest` has.
      beginnings.add(JSON.stringify(beginning).slice(0, -1))
      if (index % stepLength === 0) yield
    }
    const tree = yield* literalTree(grammar, {
      texts: beginnings,
      bodyAfter: () => anyRest,
      share: valueShare,
    })
    if (tree !== undefined) return tree
  }
  return anyOfType(grammar, 'string')
}
