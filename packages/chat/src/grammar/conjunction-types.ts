import { allTypes, isJsonObject } from '@nano/core/driver'
import { findDropped } from './dropped-alternatives.ts'
import {
  type Conjunction,
  listConstraints,
  listDescribedTypes,
  readTypes,
  type Schema,
} from './schema-keywords.ts'

/**
 * How a schema is read. `closed`, as most people mean it: an object or a list that names its
 * members has no others unless the schema allows some, and names make an object of a schema without
 * a type.
 * `open`, as it is specified: what a schema does not mention is allowed.
 */
export type Reading = 'closed' | 'open'

/** The types that all of some schemas allow. */
export function listTypes(schemas: Conjunction, reading: Reading): readonly string[] {
  const types = listAllowedTypes(schemas, reading)
  if (schemas.every(({ not }) => not === undefined)) return types
  const excludedTypes = new Set(schemas.flatMap(listExcludedTypes))
  return types.filter((type) => !excludedTypes.has(type))
}

/** The types that a schema excludes as a whole with `not`. */
export function listExcludedTypes({ not }: Schema): readonly string[] {
  if (!isJsonObject(not) || listConstraints(not).join() !== 'type') return []
  const types = readTypes(not.type) ?? []
  return types.includes('number') ? [...types, 'integer'] : types
}

/** The values that schemas exclude one by one with `not`. */
export function listExcludedValues(schemas: Conjunction): readonly unknown[] {
  return schemas.flatMap(({ not }) => {
    if (!isJsonObject(not) || !['const', 'enum'].includes(listConstraints(not).join())) return []
    return not.const === undefined ? (not.enum as readonly unknown[]) : [not.const]
  })
}

function listAllowedTypes(schemas: Conjunction, reading: Reading): readonly string[] {
  const lists = schemas.map(({ type }) => readTypes(type)).filter((types) => types !== undefined)
  const [only] = lists
  if (lists.length === 1 && only?.length === 1) return only
  if (lists.length > 0) {
    const types = namedTypes.filter((type) => lists.every((list) => allowsType(list, type)))
    return types.includes('number') ? types.filter((type) => type !== 'integer') : types
  }
  if (reading === 'open') return allTypes
  const describedTypes = listDescribedTypes(schemas)
  if (describedTypes.length === 0) return allTypes
  const types = new Set(describedTypes)
  for (const schema of schemas) for (const type of findDropped(schema)?.types ?? []) types.add(type)
  return types.has('number') ? [...types].filter((type) => type !== 'integer') : [...types]
}

/** All types, and `integer` behind `number`, which allows more. */
const namedTypes = allTypes.flatMap((type) => (type === 'number' ? [type, 'integer'] : [type]))

function allowsType(list: readonly string[], type: string): boolean {
  return list.includes(type) || (type === 'integer' && list.includes('number'))
}
