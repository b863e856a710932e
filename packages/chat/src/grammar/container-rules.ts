import type { Steps } from '@nano/core/driver'
import { describeList, type ListItems } from './conjunction-members.ts'
import type { Reading } from './conjunction-types.ts'
import { eitherDefined, type GrammarBuilder, optionalSpace, repeat } from './grammar-builder.ts'
import type { Conjunction } from './schema-keywords.ts'

const comma = `${optionalSpace} "," ${optionalSpace}`

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
  addSchemas(schemas: readonly unknown[], step: string): Steps<string | undefined>
}

/** A JSON array that holds to all of some schemas; undefined where there is none. */
export function* arrayBody(context: RuleContext, schemas: Conjunction): Steps<string | undefined> {
  const { first, others, min, max, contained } = describeList(schemas, context.reading)
  if (min > max) return undefined
  if (contained && first.length === 0 && min <= contained.min && max === Infinity)
    return yield* listWith(context, contained, others)
  const items: string[] = []
  for (const [index, parts] of first.entries()) {
    yield
    const item = yield* context.addSchemas(parts, String(index + 1))
    if (item === undefined)
      return min > index ? undefined : writeTuple(context.grammar, items, { min })
    items.push(item)
  }
  const furtherItem = max > items.length ? yield* context.addSchemas(others, 'item') : undefined
  if (furtherItem === undefined && min > items.length) return undefined
  if (items.length > 0 || furtherItem === undefined)
    return writeTuple(context.grammar, items, {
      min,
      otherItems:
        furtherItem &&
        repeat(context.grammar, `${comma} ${furtherItem}`, {
          min: Math.max(0, min - items.length),
          max: max - items.length,
        }),
    })
  return writeList(listOf(context.grammar, furtherItem, { min, max, separator: comma }))
}

/** More items than this that hold to `contains` are left to the check of the whole answer. */
const maxContained = 8

/** A list with items anywhere that hold to one more schema; undefined where there is none. */
function* listWith(
  context: RuleContext,
  contained: NonNullable<ListItems['contained']>,
  others: readonly unknown[],
): Steps<string | undefined> {
  const item = yield* context.addSchemas(others, 'item')
  const containedItem = yield* context.addSchemas([...others, contained.schema], 'contained')
  if (item === undefined || containedItem === undefined) return undefined
  const step = `(${item} ${comma})* ${containedItem}`
  const further = repeat(context.grammar, `${comma} ${step}`, {
    min: Math.min(contained.min, maxContained) - 1,
    max: Math.min(contained.min, maxContained) - 1,
  })
  return writeList(`${step} ${further} (${comma} ${item})*`)
}

function writeList(content: string): string {
  return `"[" ${optionalSpace} ${content} ${optionalSpace} "]"`
}

/** Optional items of a tuple after so many come in any order. */
const maxOrderedItems = 1_000

/**
 * The items of a tuple, at least `min` of them, and what may follow the last. Each optional item is
 * a rule: llama.cpp refuses groups in some hundred groups.
 */
function writeTuple(
  grammar: GrammarBuilder,
  items: readonly string[],
  { min, otherItems = '' }: { readonly min: number; readonly otherItems?: string | undefined },
): string {
  const orderedCount = min + maxOrderedItems
  const unordered = eitherDefined(items.slice(orderedCount))
  const rest = unordered ? `(${comma} ${unordered})* ${otherItems}` : otherItems
  const content = items.slice(0, orderedCount).reduceRight((following, item, index) => {
    const step = `${index > 0 ? `${comma} ` : ''}${item} ${following}`
    return index < min ? step : grammar.shareRule('json-tuple', `(${step})?`)
  }, rest)
  return writeList(content)
}

export interface ListLimits {
  readonly min: number
  readonly max: number
  readonly separator: string
}

/** Members of a list or an object, from the first on. */
export function listOf(
  grammar: GrammarBuilder,
  item: string,
  { min, max, separator }: ListLimits,
): string {
  if (max === 0) return '""'
  const furtherItems = repeat(grammar, `${separator} ${item}`, {
    min: Math.max(0, min - 1),
    max: max - 1,
  })
  return min > 0 ? `${item} ${furtherItems}` : `(${item} ${furtherItems})?`
}
