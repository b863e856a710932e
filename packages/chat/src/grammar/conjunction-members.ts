import {
  combiningKeywords,
  describeItems,
  describeMember,
  isJsonObject,
  namesMembers,
  type Steps,
} from '@nano/core/driver'
import type { Reading } from './conjunction-types.ts'
import { addName, findDropped } from './dropped-alternatives.ts'
import { findExcludedMember } from './excluded-member.ts'
import {
  type Conjunction,
  findCountLimits,
  listConstraints,
  type Schema,
} from './schema-keywords.ts'

/** The names that are read in one step. */
const stepLength = 1_000

/** The members of an object that holds to all of some schemas. */
export interface ObjectMembers {
  /** The names that the schemas list, in their order, and what each value holds to. */
  readonly named: readonly NamedMember[]
  /** Patterns of other names, and what each value of such a name holds to. */
  readonly patterned: ReadonlyMap<string, readonly unknown[]>
  /** What a value holds to whose name has these patterns, and none of the others. */
  readonly describeMatching: (patterns: readonly string[]) => readonly unknown[]
  /** What the value of any other name holds to; undefined where there is none. */
  readonly others: readonly unknown[] | undefined
  /** The fewest names; that of alternatives which are left to the check counts. */
  readonly min: number
  /** What every name holds to. */
  readonly nameSchemas: readonly unknown[]
}

interface NamedMember {
  readonly name: string
  readonly schemas: readonly unknown[]
  readonly isRequired: boolean
  /** Whether the schemas do not mention it, but alternatives that are left to the check. */
  readonly isDropped: boolean
}

export function* describeMembers(schemas: Conjunction, reading: Reading): Steps<ObjectMembers> {
  const requiredNames = new Set<string>()
  for (const { required } of schemas)
    for (const name of Array.isArray(required) ? required : []) {
      requiredNames.add(String(name))
      if (requiredNames.size % stepLength === 0) yield
    }
  const excludedMembers = Map.groupBy(
    schemas.flatMap((schema) => findExcludedMember(schema) ?? []),
    ({ name }) => name,
  )
  const otherSchemas = schemas.flatMap(describeOtherNames)
  const dropped = schemas.flatMap((schema) => findDropped(schema) ?? [])
  const isClosed =
    reading === 'closed' &&
    otherSchemas.length === 0 &&
    schemas.some(namesMembers) &&
    !schemas.some(({ unevaluatedProperties = false }) => unevaluatedProperties !== false) &&
    !dropped.some(({ allowsOthers }) => allowsOthers)
  const droppedNames = new Map<string, unknown>()
  for (const part of isClosed ? dropped : [])
    for (const [name, schema] of part.names) addName(droppedNames, name, schema)
  const names = new Set<string>()
  for (const list of [
    ...schemas.map(({ properties }) => (isJsonObject(properties) ? Object.keys(properties) : [])),
    droppedNames.keys(),
    requiredNames,
    excludedMembers.keys(),
  ])
    for (const name of list) {
      names.add(name)
      if (names.size % stepLength === 0) yield
    }
  const named: NamedMember[] = []
  for (const name of names) {
    yield
    const excluded = excludedMembers.get(name) ?? []
    const parts = [
      ...schemas.flatMap((schema) => {
        const describedSchemas = describeMember(schema, name).map(([, part]) => part)
        return describedSchemas.length > 0 ? describedSchemas : describeOtherNames(schema)
      }),
      ...excluded.map((member) => member.schema),
    ]
    const isRequired = requiredNames.has(name) || excluded.some((member) => member.isRequired)
    const isDropped = parts.length === 0 && !isRequired && droppedNames.has(name)
    const memberSchemas = isDropped ? [droppedNames.get(name)] : parts
    named.push({ name, schemas: memberSchemas, isRequired, isDropped })
  }

  const patterned = new Map<string, unknown[]>()
  for (const { patternProperties } of schemas)
    for (const [pattern, part] of Object.entries(Object(patternProperties)))
      patterned.set(pattern, [...(patterned.get(pattern) ?? []), part])
  const describeMatching = (patterns: readonly string[]) =>
    schemas.flatMap((schema) => {
      const { patternProperties } = schema
      const parts: Schema = isJsonObject(patternProperties) ? patternProperties : {}
      const matchingParts = patterns.flatMap((pattern) =>
        Object.hasOwn(parts, pattern) ? [parts[pattern]] : [],
      )
      return matchingParts.length > 0 ? matchingParts : describeOtherNames(schema)
    })
  const nameSchemas = schemas.flatMap(({ propertyNames }) =>
    propertyNames === undefined ? [] : [propertyNames],
  )
  return {
    named,
    patterned,
    describeMatching,
    others: isClosed ? undefined : otherSchemas,
    min: Math.max(
      findCountLimits(schemas, 'Properties').min,
      ...dropped.map(({ minProperties }) => minProperties),
    ),
    nameSchemas,
  }
}

/** What a schema says of the names that it does not describe. */
function describeOtherNames(schema: Schema): readonly unknown[] {
  const { additionalProperties, unevaluatedProperties } = schema
  if (additionalProperties !== undefined) return [additionalProperties]
  return unevaluatedProperties !== undefined && combinesNone(schema) ? [unevaluatedProperties] : []
}

/** Whether no other schema looks at the members of a value in place of a schema. */
function combinesNone(schema: Schema): boolean {
  return combiningKeywords.every((keyword) => schema[keyword] === undefined)
}

/** The items of a list that holds to all of some schemas. */
export interface ListItems {
  /** What each of the first items holds to. */
  readonly first: readonly (readonly unknown[])[]
  readonly others: readonly unknown[]
  readonly min: number
  readonly max: number
  /** What some of the items hold to besides, and how many of them at least. */
  readonly contained: { readonly schema: unknown; readonly min: number } | undefined
}

/** Keywords with no other schemas for the same value, and none for the items of a list. */
const plainKeywords: readonly string[] = [
  'type',
  'const',
  'enum',
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
  'minLength',
  'maxLength',
  'pattern',
  'format',
  'properties',
  'required',
  'additionalProperties',
]

/** Whether no reading closes an object or a list of the schema. */
function cannotBeClosed(schema: unknown): boolean {
  if (!isJsonObject(schema)) return true
  if (namesMembers(schema) && schema['additionalProperties'] === undefined) return false
  return listConstraints(schema).every((keyword) => plainKeywords.includes(keyword))
}

/** The first items by a schema and all others, with those that it finds not evaluated. */
function describeAllItems(
  schema: Schema,
): Pick<ReturnType<typeof describeItems>, 'prefix' | 'others'> {
  const { prefix, others } = describeItems(schema)
  const isAlone = schema.contains === undefined && combinesNone(schema)
  return { prefix, others: others === undefined && isAlone ? schema.unevaluatedItems : others }
}

/** Of a longer tuple, the items after so many are left to the check of the whole answer. */
const maxFirstItems = 10_000

export function describeList(schemas: Conjunction, reading: Reading): ListItems {
  const descriptions = schemas.map(describeAllItems)
  const containing = schemas.flatMap(({ contains: schema, minContains = 1 }) =>
    schema === undefined ? [] : [{ schema, min: Number(minContains) }],
  )
  const [contained] = containing.filter(
    (part) => part.min > 0 && (reading === 'open' || cannotBeClosed(part.schema)),
  )
  const limits = findCountLimits(schemas, 'Items')
  const [min, max] = [Math.max(limits.min, ...containing.map((part) => part.min)), limits.max]
  const firstCount = Math.min(max, Math.max(0, ...descriptions.map(({ prefix }) => prefix.length)))
  const hasFurtherItems = firstCount > maxFirstItems
  const first = Array.from({ length: Math.min(firstCount, maxFirstItems) }, (_, index) =>
    descriptions.map(({ prefix, others }) => (index < prefix.length ? prefix[index] : others)),
  )
  const others = descriptions.flatMap(({ others: otherSchema }) =>
    otherSchema === undefined || hasFurtherItems ? [] : [otherSchema],
  )
  const mentionsOthers =
    others.length > 0 ||
    min > firstCount ||
    max !== Infinity ||
    containing.some((part) => part.min > 0) ||
    schemas.some(({ unevaluatedItems = false }) => unevaluatedItems !== false) ||
    schemas.some((schema) => (findDropped(schema)?.itemCount ?? 0) > firstCount)
  const isClosed = firstCount > 0 && reading === 'closed' && !mentionsOthers
  return { first, others, min, max: isClosed ? firstCount : max, contained }
}
