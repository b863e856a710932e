import { isJsonObject } from '@nano/core/driver'
import { listConstraints, type Schema } from './schema-keywords.ts'

/** A member that an exclusion of one property says something of. */
export interface ExcludedMember {
  readonly name: string
  /** What its value holds to. */
  readonly schema: unknown
  readonly isRequired: boolean
}

/** What a schema that excludes objects by one property says of it; undefined for any other. */
export function findExcludedMember({ not }: Schema): ExcludedMember | undefined {
  if (!isJsonObject(not)) return undefined
  const isPlain = listConstraints(not).every((key) => key === 'properties' || key === 'required')
  const requiredNames = listNames(not.required)
  const names = new Set([...Object.keys(Object(not.properties)), ...requiredNames])
  const [name] = names
  if (!isPlain || name === undefined || names.size > 1) return undefined
  return {
    name,
    schema: negate(readMember(not.properties, name)),
    isRequired: requiredNames.size === 0,
  }
}

const negations = new WeakMap<object, Schema>()

/** The same negation of a schema each time: schemas are told apart by identity. */
function negate(schema: unknown): unknown {
  if (!isJsonObject(schema)) return schema === false
  const negation = negations.get(schema) ?? { not: schema }
  negations.set(schema, negation)
  return negation
}

/** What `properties` says of a name. */
export function readMember(properties: unknown, name: string): unknown {
  return isJsonObject(properties) && Object.hasOwn(properties, name) ? properties[name] : true
}

/** The names of `required`; in draft 3, it is a boolean. */
export function listNames(required: unknown): ReadonlySet<string> {
  return new Set(Array.isArray(required) ? required.map(String) : [])
}
