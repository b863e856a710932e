import { isJsonObject } from '@nano/core/driver'
import { collectTypes } from './argument-value.ts'
import { followReference, listParameters, maxDepth } from './parameter-schemas.ts'
import { parseValue } from './read-value.ts'

/**
 * The value with each part as the type that the schema asks for, where it is written as another: a
 * number, a word, a list or an object in a text, and a number or a word for a text. What cannot be
 * of its type stays as it is.
 */
export function coerceValue(
  value: unknown,
  schema: unknown,
  { root = schema, depth = 0 }: { readonly root?: unknown; readonly depth?: number } = {},
): unknown {
  if (depth > maxDepth) return value
  const types = collectTypes(schema, root, 0)
  const typedValue = types.size === 0 || hasType(value, types) ? value : toType(value, types)
  const innerPlace = { root, depth: depth + 1 }
  if (Array.isArray(typedValue)) {
    const { first, rest } = findItems(schema, root, 0)
    return typedValue.map((item, index) => coerceValue(item, first[index] ?? rest, innerPlace))
  }
  if (!isJsonObject(typedValue)) return typedValue
  const lists = listParameters(schema, root)
  // Of several alternatives, those count that know all keys.
  const [list = lists[0], ...otherLists] = lists.filter(({ schemas }) =>
    Object.keys(typedValue).every((key) => Object.hasOwn(schemas, key)),
  )
  if (!list || otherLists.length > 0) return typedValue
  const { schemas } = list
  return Object.fromEntries(
    Object.entries(typedValue).map(([key, entry]) => {
      const entrySchema = Object.hasOwn(schemas, key) ? schemas[key] : list.others
      return [key, coerceValue(entry, entrySchema, innerPlace)]
    }),
  )
}

function hasType(value: unknown, types: ReadonlySet<unknown>): boolean {
  if (value === null) return types.has('null')
  if (Array.isArray(value)) return types.has('array')
  return types.has(typeof value) || (types.has('integer') && Number.isInteger(value))
}

function toType(value: unknown, types: ReadonlySet<unknown>): unknown {
  if (typeof value === 'number' || typeof value === 'boolean')
    return types.has('string') ? String(value) : value
  if (typeof value !== 'string') return value
  const parsedValue = parseValue(value.trim())
  return parsedValue !== undefined && hasType(parsedValue, types) ? parsedValue : value
}

interface ItemSchemas {
  readonly first: readonly unknown[]
  readonly rest?: unknown
}

/** The schemas of the first items of a list, and of the rest. */
function findItems(schema: unknown, root: unknown, depth: number): ItemSchemas {
  if (!isJsonObject(schema) || depth > maxDepth) return { first: [] }
  const { $ref, prefixItems, items } = schema
  if (typeof $ref === 'string') return findItems(followReference(schema, root), root, depth + 1)
  if (prefixItems !== undefined || items !== undefined)
    return { first: Array.isArray(prefixItems) ? prefixItems : [], rest: items }
  const branches = [schema['anyOf'], schema['oneOf'], schema['allOf']].find(Array.isArray) ?? []
  const branchItems = branches.map((branch: unknown) => findItems(branch, root, depth + 1))
  return (
    branchItems.find(({ first, rest }) => first.length > 0 || rest !== undefined) ?? { first: [] }
  )
}
