import type { Steps } from '@nano/core/driver'
import { anyOfType, anyPair } from './any-value.ts'
import { describeMembers, type ObjectMembers } from './conjunction-members.ts'
import { listOf, type RuleContext } from './container-rules.ts'
import { either, optionalSpace } from './grammar-builder.ts'
import { jsonString } from './json-string.ts'
import { keyGroups } from './key-groups.ts'
import { otherKey } from './other-key.ts'
import { chainedPairs, orderedPairs, type Pair } from './pair-rules.ts'
import { patternRule, readPattern } from './pattern-rule.ts'
import { type Conjunction, findCountLimits } from './schema-keywords.ts'

/** The same object each time: parts of a schema are told apart by identity. */
const anyText = { type: 'string' }

/** Of an object with more properties, the grammar has the names alone. */
const maxDescribed = 10_000

/** Names with more patterns than this are left to the check of the whole answer. */
const maxPatterns = 500

const colon = `${optionalSpace} ":" ${optionalSpace}`

/**
 * A JSON object that holds to all of some schemas, with its properties in the schemas' order;
 * undefined where there is none.
 */
export function* objectBody(context: RuleContext, schemas: Conjunction): Steps<string | undefined> {
  const members = yield* describeMembers(schemas, context.reading)
  const count = findCountLimits(schemas, 'Properties')
  if (count.min > count.max) return undefined
  const nameLength = members.named.reduce((length, { name }) => length + name.length, 0)
  if (!context.grammar.fits(nameLength)) return anyOfType(context.grammar, 'object')
  const isDescribed = members.named.length <= maxDescribed
  const pairs: Pair[] = []
  let ownCount = 0
  for (const { name, schemas: parts, isRequired, isDropped } of members.named) {
    const value = yield* context.addSchemas(isDescribed ? parts : [], name)
    yield
    if (value === undefined && isRequired) return undefined
    if (value === undefined || count.max === 0) continue
    pairs.push({ key: JSON.stringify(name), value: `${colon} ${value}`, isRequired })
    if (!isDropped) ownCount += 1
  }
  const canHaveEnough = ownCount >= members.min || [...members.patterned.values()].some(isPossible)
  const { others = canHaveEnough ? undefined : [] } = members
  const otherBody = yield* otherPair(context, { ...members, others })
  const otherRule = otherBody && context.grammar.shareRule(`${context.stem}-more`, otherBody)
  const canBeEmpty = count.min === 0
  const wrap = (content: string) => `"{" ${optionalSpace} ${content} ${optionalSpace} "}"`
  if (pairs.length === 0 && otherRule === undefined) return canBeEmpty ? wrap('""') : undefined
  if (pairs.length === 0 && otherRule !== undefined)
    return wrap(listOf(context.grammar, otherRule, { ...count, separator: `"," ${optionalSpace}` }))
  const options = { pairs, otherRule, canBeEmpty }
  const content = (yield* orderedPairs(context, options)) ?? (yield* chainedPairs(context, options))
  return wrap(content)
}

function isPossible(schemas: readonly unknown[]): boolean {
  return !schemas.includes(false)
}

/** A property that the schemas do not name; undefined where they allow none. */
function* otherPair(context: RuleContext, members: ObjectMembers): Steps<string | undefined> {
  const { grammar } = context
  const { named, patterned, describeMatching, others, nameSchemas } = members
  const names = named.map(({ name }) => name)
  const sources = [...patterned.keys()]
  if (sources.length > maxPatterns) return anyPair(grammar)
  const hasOthers = others !== undefined && !others.includes(false)
  const mayOverlap = sources.length > 1 || (sources.length > 0 && hasOthers)
  const groups = mayOverlap ? keyGroups(grammar, sources, names) : undefined
  const pairs: string[] = []

  for (const { matching, body } of groups ?? []) {
    if (matching.length === 0) continue
    const value = yield* context.addSchemas(describeMatching(matching), 'matching')
    if (value !== undefined) pairs.push(`${body} ${colon} ${value}`)
  }
  for (const [source, schemas] of groups ? [] : patterned) {
    const pattern = readPattern(source)
    yield
    const value = yield* context.addSchemas(schemas, source)
    const key = pattern ? `"\\"" ${patternRule(grammar, pattern).body} "\\""` : jsonString(grammar)
    if (value !== undefined) pairs.push(`${key} ${colon} ${value}`)
  }
  const rest = groups?.find(({ matching }) => matching.length === 0)
  const value = others && (!groups || rest) && (yield* context.addSchemas(others, 'more'))
  if (value !== undefined) {
    const key =
      nameSchemas.length === 0
        ? (rest?.body ?? otherKey(grammar, names))
        : yield* context.addSchemas([...nameSchemas, anyText], 'names')
    if (key !== undefined) pairs.push(`${key} ${colon} ${value}`)
  }
  return pairs.length > 0 ? either(...pairs) : undefined
}
