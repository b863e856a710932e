import { parsePattern } from '@nano/core/driver'
import { describeList, describeMembers, type ObjectMembers } from './conjunction-members.ts'
import type { Reading } from './conjunction-types.ts'
import { either, type GrammarBuilder, repeat } from './grammar-builder.ts'
import { jsonLiteral } from './json-string.ts'
import { otherKey } from './other-key.ts'
import { patternRule } from './pattern-rule.ts'
import type { Conjunction } from './schema-alternatives.ts'
import { findCountLimits } from './schema-keywords.ts'

/** White space between the parts of a value: as most models write it, and never more of it. */
export const optionalSpace = '" "?'
const comma = `${optionalSpace} "," ${optionalSpace}`
const nextMember = `"," ${optionalSpace}`
const colon = `${optionalSpace} ":" ${optionalSpace}`

/** What the rule for a container adds its content to. */
export interface RuleContext {
  readonly grammar: GrammarBuilder
  readonly reading: Reading
  /** A name for a rule of the container. */
  readonly stem: string
  /**
   * Adds the rule for what holds to all of some schemas, and returns its name; undefined where
   * nothing does. `step` leads to the schemas from here.
   */
  addSchemas(schemas: readonly unknown[], step: string): string | undefined
}

/**
 * A JSON object that holds to all of some schemas, with its properties in the schemas' order;
 * undefined where there is none.
 */
export function objectBody(context: RuleContext, schemas: Conjunction): string | undefined {
  const members = describeMembers(schemas, context.reading)
  const count = findCountLimits(schemas, 'Properties')
  if (count.min > count.max) return undefined
  const pairs: { text: string; isRequired: boolean }[] = []
  for (const { name, schemas: parts, isRequired } of members.named) {
    const value = context.addSchemas(parts, name)
    if (value === undefined && isRequired) return undefined
    if (value !== undefined)
      pairs.push({ text: `${jsonLiteral(name)} ${colon} ${value}`, isRequired })
  }
  const otherMember = otherPair(context, members)
  const optional = pairs.filter(({ isRequired }) => !isRequired).map(({ text }) => text)
  // Where other names may follow, an optional property that was passed over may too: otherwise a
  // model that begins its name could only go on to a longer one.
  const tail =
    otherMember &&
    context.grammar.addRule(context.grammar.reserveName(`${context.stem}-more`), () =>
      either(...optional, otherMember),
    )
  const start = `"{" ${optionalSpace}`
  const end = `${optionalSpace} "}"`
  if (pairs.length === 0 && tail === undefined) return count.min > 0 ? undefined : `${start} ${end}`
  if (pairs.length === 0 && tail !== undefined)
    return `${start} ${listOf(context.grammar, tail, { ...count, separator: nextMember })} ${end}`
  return `${start} ${orderedPairs(context, pairs, tail)} ${end}`
}

interface Pair {
  readonly text: string
  readonly isRequired: boolean
}

/**
 * Pairs in their order, and then others. After the first pair, each is an optional or a required
 * step; which one is first decides where the steps begin.
 */
function orderedPairs(
  { grammar, stem }: RuleContext,
  pairs: readonly Pair[],
  tail: string | undefined,
): string {
  const firstRequired = pairs.findIndex(({ isRequired }) => isRequired)
  const firstCount = firstRequired < 0 ? pairs.length : firstRequired + 1
  const toStep = ({ text, isRequired }: Pair) =>
    isRequired ? `${nextMember} ${text}` : `(${nextMember} ${text})?`
  const steps = [
    ...pairs.slice(firstCount).map(toStep),
    ...(tail === undefined ? [] : [`(${nextMember} ${tail})*`]),
  ]
  const rest = steps.join(' ') || '""'
  if (firstCount === 1) {
    const first = `${pairs[0]?.text} ${rest}`
    return firstRequired === 0 ? first : optionalStart(first, tail)
  }

  /** The rule for what follows each of the pairs that may be first, from the last one on. */
  let following = grammar.shareRule(`${stem}-rest`, rest)
  const starts: string[] = []
  for (const pair of pairs.slice(0, firstCount).toReversed()) {
    starts.push(`${pair.text} ${following}`)
    const step = `${toStep(pair)} ${following}`
    following = grammar.addRule(grammar.reserveName(`${stem}-next`), () => step)
  }
  const first = either(...starts.toReversed())
  return firstRequired < 0 ? optionalStart(first, tail) : first
}

/** An object without required properties: empty, or with the others alone. */
function optionalStart(first: string, tail: string | undefined): string {
  return tail === undefined ? `(${first})?` : either(first, `(${tail} (${nextMember} ${tail})*)?`)
}

/** A property that the schemas do not name; undefined where they allow none. */
function otherPair(context: RuleContext, members: ObjectMembers): string | undefined {
  const { grammar } = context
  const { named, patterned, others, nameSchemas } = members
  const keyOf = (key: string) =>
    nameSchemas.length === 0
      ? key
      : context.addSchemas([...nameSchemas, { type: 'string' }], 'names')
  const pairs = patterned.flatMap(([source, schemas]) => {
    const pattern = parsePattern(source)
    const value = context.addSchemas(schemas, source)
    if (!pattern || value === undefined) return []
    return [`"\\"" ${patternRule(grammar, pattern).body} "\\"" ${colon} ${value}`]
  })
  const value = others && context.addSchemas(others, 'more')
  const names = named.map(({ name }) => name)
  const key = value === undefined ? undefined : keyOf(otherKey(grammar, names))
  if (key !== undefined) pairs.push(`${key} ${colon} ${value}`)
  return pairs.length > 0 ? either(...pairs) : undefined
}

/** A JSON array that holds to all of some schemas; undefined where there is none. */
export function arrayBody(context: RuleContext, schemas: Conjunction): string | undefined {
  const { first, others, min, max } = describeList(schemas, context.reading)
  if (min > max) return undefined
  const items: string[] = []
  for (const [index, parts] of first.entries()) {
    const item = context.addSchemas(parts, String(index + 1))
    if (item === undefined) return min > index ? undefined : writeTuple(items, min, undefined)
    items.push(item)
  }
  const furtherItem = max > items.length ? context.addSchemas(others, 'item') : undefined
  if (furtherItem === undefined && min > items.length) return undefined
  if (items.length > 0 || furtherItem === undefined)
    return writeTuple(
      items,
      min,
      furtherItem &&
        repeat(context.grammar, `${comma} ${furtherItem}`, {
          min: Math.max(0, min - items.length),
          max: max - items.length,
        }),
    )
  const list = listOf(context.grammar, furtherItem, { min, max, separator: comma })
  return `"[" ${optionalSpace} ${list} ${optionalSpace} "]"`
}

/** The items of a tuple, at least `min` of them, and what may follow the last. */
function writeTuple(items: readonly string[], min: number, rest: string | undefined): string {
  const content = items.reduceRight((following, item, index) => {
    const step = `${index > 0 ? `${comma} ` : ''}${item} ${following}`
    return index < min ? step : `(${step})?`
  }, rest ?? '')
  return `"[" ${optionalSpace} ${content} ${optionalSpace} "]"`
}

interface ListLimits {
  readonly min: number
  readonly max: number
  readonly separator: string
}

function listOf(
  grammar: GrammarBuilder,
  item: string,
  { min, max, separator }: ListLimits,
): string {
  if (max === 0) return '""'
  const more = repeat(grammar, `${separator} ${item}`, {
    min: Math.max(0, min - 1),
    max: max - 1,
  })
  return min > 0 ? `${item} ${more}` : `(${item} ${more})?`
}
