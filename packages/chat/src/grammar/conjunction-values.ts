import { EndlessReference, hasType, toJsonKey, validator } from '@nano/core/driver'
import type { Conjunction } from './schema-alternatives.ts'

/** With more values, only their types are compared. */
const maxCheckedValues = 1_000

/** Finds the values that schemas with `const` or `enum` leave. */
export function valueFinder(
  root: unknown,
): (schemas: Conjunction) => readonly unknown[] | undefined {
  const validate = validator(root)

  function holdsTo(value: unknown, schema: Conjunction[number]): boolean {
    try {
      return validate(value, schema).length === 0
    } catch (error) {
      if (error instanceof EndlessReference) return true
      throw error
    }
  }

  return (schemas) => {
    const lists = schemas.flatMap(({ const: constant, enum: choices }) => [
      ...(constant === undefined ? [] : [[constant]]),
      ...(Array.isArray(choices) ? [choices as readonly unknown[]] : []),
    ])
    const [firstList, ...otherLists] = lists
    if (!firstList) return undefined
    const values = otherLists.reduce((remainingValues, list) => {
      const keys = new Set(list.map(toJsonKey))
      return remainingValues.filter((value) => keys.has(toJsonKey(value)))
    }, firstList)
    if (values.length <= maxCheckedValues)
      return values.filter((value) => schemas.every((schema) => holdsTo(value, schema)))
    return values.filter((value) =>
      schemas.every(
        ({ type }) => type === undefined || [type].flat().some((name) => hasType(value, name)),
      ),
    )
  }
}
