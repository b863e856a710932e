import { EndlessReference, hasType, type Steps, toJsonKey, validator } from '@nano/core/driver'
import { type Conjunction, listConstraints } from './schema-keywords.ts'

/** With more values in all alternatives, only their types are compared. */
const maxCheckedValues = 1_000

/** `alternativeCount`: the alternatives of which `schemas` are one, each with values of its own. */
type FindValues = (schemas: Conjunction, alternativeCount?: number) => Steps<readonly unknown[]>

/** Whether schemas list the values that they allow. */
export function hasValues(schemas: Conjunction): boolean {
  return schemas.some(
    ({ const: constant, enum: choices }) => constant !== undefined || Array.isArray(choices),
  )
}

/** Finds the values that schemas with `const` or `enum` leave. */
export function valueFinder(root: unknown): FindValues {
  const validate = validator(root)

  function holdsTo(value: unknown, schema: Conjunction[number]): boolean {
    try {
      return validate(value, schema).length === 0
    } catch (error) {
      if (error instanceof EndlessReference) return true
      throw error
    }
  }

  return function* (schemas, alternativeCount = 1) {
    const lists = schemas.flatMap(({ const: constant, enum: choices }) => [
      ...(constant === undefined ? [] : [[constant]]),
      ...(Array.isArray(choices) ? [choices as readonly unknown[]] : []),
    ])
    const [firstList = [], ...otherLists] = lists
    const types = schemas.flatMap(({ type }) => (type === undefined ? [] : [[type].flat()]))
    const values: unknown[] = []
    const keySets = yield* collectKeys(otherLists)
    for (const value of firstList) {
      yield
      const hasTypes = types.every((names) => names.some((name) => hasType(value, name)))
      if (hasTypes && keySets.every((keys) => keys.has(toJsonKey(value)))) values.push(value)
    }

    const furtherSchemas = schemas.filter((schema) => !listConstraints(schema).every(isCompared))
    const isTooMany = values.length * alternativeCount > maxCheckedValues
    if (isTooMany || furtherSchemas.length === 0) return values
    const checkedValues: unknown[] = []
    for (const value of values) {
      yield
      if (furtherSchemas.every((schema) => holdsTo(value, schema))) checkedValues.push(value)
    }
    return checkedValues
  }
}

/** Whether a keyword needs no further check of the values that were compared. */
function isCompared(keyword: string): boolean {
  return keyword === 'type' || keyword === 'enum' || keyword === 'const'
}

function* collectKeys(
  lists: readonly (readonly unknown[])[],
): Steps<readonly ReadonlySet<string>[]> {
  const keySets: ReadonlySet<string>[] = []
  for (const list of lists) {
    const keys = new Set<string>()
    for (const value of list) {
      yield
      keys.add(toJsonKey(value))
    }
    keySets.push(keys)
  }
  return keySets
}
