import { allTypes, isJsonObject, namesMembers } from '@nano/core/driver'
import { type Conjunction, listConstraints, type Schema } from './schema-keywords.ts'

/**
 * How a schema is read. `closed`, as most people mean it: an object or a list that names its
 * members has no others unless the schema allows some, and names make an object of a schema without
 * a type.
 * `open`, as it is specified: what a schema does not mention is allowed.
 */
export type Reading = 'closed' | 'open'

/** The types that all of some schemas allow. */
export function listTypes(schemas: Conjunction, reading: Reading): readonly string[] {
  const excludedTypes = new Set(schemas.flatMap(listExcludedTypes))
  return listAllowedTypes(schemas, reading).filter((type) => !excludedTypes.has(type))
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
  if (lists.length > 0)
    return lists.reduce(
      (types, list) => types.flatMap((type) => intersectType(type, list)),
      [...allTypes],
    )
  if (reading === 'open') return allTypes
  const describedTypes = [
    ...(schemas.some(namesMembers) ? ['object'] : []),
    ...(schemas.some(({ items, prefixItems }) => items !== undefined || prefixItems !== undefined)
      ? ['array']
      : []),
  ]
  return describedTypes.length > 0 ? describedTypes : allTypes
}

/** The names in a `type`; undefined where it allows any, or, as in draft 3, what no name says. */
function readTypes(type: unknown): string[] | undefined {
  if (type === undefined) return undefined
  const names = [type].flat()
  const isNamed = names.every((name) => typeof name === 'string' && name !== 'any')
  return isNamed ? names.map(String) : undefined
}

function intersectType(type: string, allowed: readonly string[]): readonly string[] {
  if (allowed.includes(type)) return [type]
  if (type === 'number' && allowed.includes('integer')) return ['integer']
  return type === 'integer' && allowed.includes('number') ? ['integer'] : []
}
