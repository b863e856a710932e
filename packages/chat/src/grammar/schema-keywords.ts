import {
  constrainingKeywords,
  countKeywords,
  describeShort,
  isCount,
  isJsonObject,
  namesMembers,
  schemaListKeywords,
  schemaTypes,
} from '@nano/core/driver'
import { schemaError } from './schema-error.ts'

export type Schema = Readonly<Record<string, unknown>>

/** Schemas that a value holds to all at once; what they refer to and combine is among them. */
export type Conjunction = readonly Schema[]

/**
 * Takes a value as a schema. Throws `invalid-request` where it is none, or where a keyword has a
 * value that JSON Schema does not allow.
 */
export function parseSchema(value: unknown, path: string): Schema {
  if (!isJsonObject(value))
    throw schemaError('invalid-request', path, `is ${describeShort(value)}, which is not a schema`)
  for (const keyword of Object.keys(value)) {
    const need = keywordNeeds.get(keyword)
    const keywordValue = value[keyword]
    if (!need || keywordValue === undefined || need.isMet(keywordValue)) continue
    const problem = `has the ${keyword} ${describeShort(keywordValue)}, and needs ${need.text}`
    throw schemaError('invalid-request', path, problem)
  }
  const unknownType = findUnknownType(value)
  if (unknownType === undefined) return value
  const problem = `has the type ${describeShort(unknownType)}, and the types are: `
  throw schemaError('invalid-request', path, problem + schemaTypes.join(', '))
}

function findUnknownType({ type }: Schema): unknown {
  const isUnknown = (name: unknown) =>
    typeof name === 'string' && name !== 'any' && !schemaTypes.includes(name)
  return Array.isArray(type) ? type.find(isUnknown) : isUnknown(type) ? type : undefined
}

/** What the value of a keyword has to be. */
interface KeywordNeed {
  readonly text: string
  readonly isMet: (value: unknown) => boolean
}

const count: KeywordNeed = { text: 'a whole number of 0 or more', isMet: isCount }
const number: KeywordNeed = {
  text: 'a number',
  isMet: (value) => typeof value === 'number' || typeof value === 'boolean',
}
const list: KeywordNeed = {
  text: 'a list that is not empty',
  isMet: (value) => Array.isArray(value) && value.length > 0,
}

const keywordNeeds: ReadonlyMap<string, KeywordNeed> = new Map([
  ...countKeywords.map((keyword) => [keyword, count] as const),
  ...['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'].map(
    (keyword) => [keyword, number] as const,
  ),
  ...['enum', ...schemaListKeywords].map((keyword) => [keyword, list] as const),
  ['type', { ...list, isMet: (value) => typeof value === 'string' || list.isMet(value) }],
  [
    'required',
    {
      text: 'a list of property names',
      // In draft 3, it is a boolean, and says something of the object around.
      isMet: (value) =>
        typeof value === 'boolean' ||
        (Array.isArray(value) && value.every((name) => typeof name === 'string')),
    },
  ],
  ['properties', { text: 'an object of schemas by name', isMet: isJsonObject }],
])

/** The inclusive limits of a length or of a number of members, in all of some schemas. */
export function findCountLimits(
  schemas: readonly Schema[],
  countedUnit: 'Length' | 'Items' | 'Properties',
): CountLimits {
  return {
    min: Math.max(0, ...listNumbers(schemas, `min${countedUnit}`)),
    max: Math.min(Infinity, ...listNumbers(schemas, `max${countedUnit}`)),
  }
}

export interface CountLimits {
  readonly min: number
  readonly max: number
}

/** The numbers that schemas have for a keyword. */
export function listNumbers(schemas: readonly Schema[], keyword: string): readonly number[] {
  return schemas.flatMap(({ [keyword]: value }) => (typeof value === 'number' ? [value] : []))
}

/** The keywords of a schema that say something of a value. */
export function listConstraints(schema: Schema): readonly string[] {
  const keywords: string[] = []
  for (const keyword of Object.keys(schema))
    if (constraints.has(keyword) && schema[keyword] !== undefined) keywords.push(keyword)
  return keywords
}

const constraints = new Set(constrainingKeywords)

/** The names in a `type`; undefined where it allows any, or, as in draft 3, what no name says. */
export function readTypes(type: unknown): readonly string[] | undefined {
  if (type === undefined) return undefined
  const names: readonly unknown[] = Array.isArray(type) ? type : [type]
  const isNamed = names.every((name) => typeof name === 'string' && name !== 'any')
  return isNamed ? (names as readonly string[]) : undefined
}

/** The types whose members schemas describe. */
export function listDescribedTypes(schemas: Conjunction): readonly string[] {
  const describesItems = ({ items, prefixItems }: Schema) =>
    items !== undefined || prefixItems !== undefined
  return [
    ...(schemas.some(namesMembers) ? ['object'] : []),
    ...(schemas.some(describesItems) ? ['array'] : []),
  ]
}
