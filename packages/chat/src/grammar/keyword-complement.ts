import { isJsonObject } from '@nano/core/driver'
import { maxAlternatives } from './conjunction-product.ts'
import { listExcludedTypes } from './conjunction-types.ts'
import { listNames, readMember } from './excluded-member.ts'
import { type Conjunction, listConstraints, type Schema } from './schema-keywords.ts'

/** What any value holds to. */
export const everything: readonly Conjunction[] = [[]]

/** Keywords that say something of values of one type. */
const keywordsByType: Readonly<Record<string, readonly string[]>> = {
  number: ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
  string: ['minLength', 'maxLength', 'pattern', 'format'],
  object: [
    'patternProperties',
    'additionalProperties',
    'unevaluatedProperties',
    'propertyNames',
    'minProperties',
    'maxProperties',
    'dependentRequired',
    'dependentSchemas',
    'dependencies',
  ],
  array: [
    'prefixItems',
    'items',
    'additionalItems',
    'unevaluatedItems',
    'contains',
    'minItems',
    'maxItems',
    'uniqueItems',
  ],
}

const typesByKeyword = new Map(
  Object.entries(keywordsByType).flatMap(([type, keywords]) =>
    keywords.map((keyword) => [keyword, type] as const),
  ),
)

/** Keywords that any value holds to where their schema allows anything. */
const memberKeywords = [
  'additionalProperties',
  'unevaluatedProperties',
  'propertyNames',
  'items',
  'additionalItems',
  'unevaluatedItems',
]

/** One schema for each type: alternatives are told apart by identity. */
const anyByType = new Map(
  Object.keys(keywordsByType).map((type): [string, Conjunction] => [type, [{ type }]]),
)

/** Values that do not hold to a keyword for values of one type: they are of that type. */
export function excludeOfType(schema: Schema, keyword: string): readonly Conjunction[] {
  const { [keyword]: value } = schema
  const type = typesByKeyword.get(keyword)
  const anyOfType = type && anyByType.get(type)
  if (!anyOfType) return everything
  if (memberKeywords.includes(keyword) && allowsAnything(value)) return []
  if (typeof value === 'number') return excludeLimit(schema, keyword, value) ?? [anyOfType]
  // In draft 4, the exclusive keywords are booleans beside the others.
  return type === 'number' ? [] : [anyOfType]
}

/** Values beyond a limit; undefined for a keyword that is none. */
function excludeLimit(
  schema: Schema,
  keyword: string,
  limit: number,
): readonly Conjunction[] | undefined {
  const [, end, unit] = /^(min|max)(Length|Items|Properties)$/.exec(keyword) ?? []
  const type = typesByKeyword.get(keyword)
  if (end === 'max') return [[{ type, [`min${unit}`]: limit + 1 }]]
  if (end === 'min') return limit === 0 ? [] : [[{ type, [`max${unit}`]: limit - 1 }]]
  switch (keyword) {
    case 'exclusiveMinimum':
      return [[{ type, maximum: limit }]]
    case 'exclusiveMaximum':
      return [[{ type, minimum: limit }]]
    case 'minimum':
      return [
        [{ type, [schema.exclusiveMinimum === true ? 'maximum' : 'exclusiveMaximum']: limit }],
      ]
    case 'maximum':
      return [
        [{ type, [schema.exclusiveMaximum === true ? 'minimum' : 'exclusiveMinimum']: limit }],
      ]
    default:
      return undefined
  }
}

/**
 * Objects in which one of the properties does not hold to its schema; those that lack one which is
 * required are among them.
 */
export function excludeMembers({ properties, required }: Schema): readonly Conjunction[] {
  if (!isJsonObject(properties)) return []
  const requiredNames = listNames(required)
  const names = Object.keys(properties).filter((name) => !allowsAnything(properties[name]))
  if (names.length > maxAlternatives) return everything
  return names.map((name) => {
    const not = { properties: { [name]: properties[name] } }
    return [{ type: 'object', not: requiredNames.has(name) ? { ...not, required: [name] } : not }]
  })
}

/** Objects that lack a required name, but for the names that `excludeMembers` has. */
export function excludeNames({ properties = {}, required }: Schema): readonly Conjunction[] {
  const names = [...listNames(required)].filter((name) =>
    allowsAnything(readMember(properties, name)),
  )
  if (names.length > maxAlternatives) return everything
  return names.map((name) => [{ type: 'object', not: { required: [name] } }])
}

/** Whether a schema says nothing of a value. */
export function allowsAnything(schema: unknown): boolean {
  return schema === true || (isJsonObject(schema) && listConstraints(schema).length === 0)
}

/** Drops alternatives that others cover; all of them where they allow anything or are too many. */
export function dropCovered(alternatives: readonly Conjunction[]): readonly Conjunction[] {
  const covered = new Map([...anyByType].filter(([, any]) => alternatives.includes(any)))
  const isAnything = alternatives.some(([schema]) => {
    const excludedTypes = schema ? listExcludedTypes(schema) : []
    return !schema || (excludedTypes.length > 0 && excludedTypes.every((type) => covered.has(type)))
  })
  if (isAnything || alternatives.length > maxAlternatives) return everything
  return alternatives.filter((alternative) =>
    [...covered].every(([type, any]) => alternative === any || alternative[0]?.type !== type),
  )
}
