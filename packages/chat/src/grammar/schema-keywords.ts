import {
  annotations,
  countKeywords,
  isCount,
  isJsonObject,
  schemaListKeywords,
  schemaTypes,
} from '@nano/core/driver'
import { schemaError, unsupportedKeyword } from './schema-error.ts'

export type Schema = Readonly<Record<string, unknown>>

/** Keywords that do not constrain a value: annotations, and places for shared schemas. */
export const unconstrainingKeywords = [...Object.keys(annotations), '$defs', 'definitions', 'id']

/**
 * Takes a value as a schema. Throws `invalid-request` where it is none, or where a keyword has a
 * value that JSON Schema does not allow.
 */
export function parseSchema(value: unknown, path: string): Schema {
  if (!isJsonObject(value))
    throw schemaError('invalid-request', path, `is ${JSON.stringify(value)}, which is no schema`)
  const { type, required, properties } = value
  const invalid = (keyword: string, needed: string) => {
    const problem = `has the ${keyword} ${JSON.stringify(value[keyword])}, and needs ${needed}`
    return schemaError('invalid-request', path, problem)
  }

  for (const keyword of countKeywords)
    if (value[keyword] !== undefined && !isCount(value[keyword]))
      throw invalid(keyword, 'a whole number of 0 or more')
  for (const keyword of ['enum', ...schemaListKeywords])
    if (value[keyword] !== undefined) parseList(value[keyword], keyword, path)
  if (type !== undefined && typeof type !== 'string') parseList(type, 'type', path)
  const unknownType = listTypes(type).find((name) => !schemaTypes.includes(name))
  if (unknownType !== undefined)
    throw schemaError(
      'invalid-request',
      path,
      `has the type ${JSON.stringify(unknownType)}, and the types are: ${schemaTypes.join(', ')}`,
    )
  const isKeyList = Array.isArray(required) && required.every((key) => typeof key === 'string')
  if (required !== undefined && !isKeyList) throw invalid('required', 'a list of property names')
  if (properties !== undefined && !isJsonObject(properties))
    throw invalid('properties', 'an object of schemas by name')
  return value
}

/** The names in a `type`. */
function listTypes(type: unknown): readonly string[] {
  if (type === undefined) return []
  return Array.isArray(type) ? type.map(String) : [String(type)]
}

/** The types that the schema describes with its other keywords, where it has no `type`. */
export function inferTypes({ type, properties, items, prefixItems }: Schema): readonly string[] {
  if (type !== undefined) return listTypes(type)
  if (properties !== undefined) return ['object']
  return items !== undefined || prefixItems !== undefined ? ['array'] : []
}

/**
 * The values of a `const` or an `enum` that have the `type` beside it; none where the schema has
 * neither keyword.
 */
export function listValues(
  { const: constant, enum: choices = [], type }: Schema,
  path: string,
): readonly unknown[] {
  const values = constant === undefined ? (choices as readonly unknown[]) : [constant]
  const matching =
    type === undefined
      ? values
      : values.filter((value) => listTypes(type).some((name) => hasType(value, name)))
  if (matching.length === 0 && values.length > 0)
    throw schemaError(
      'invalid-request',
      path,
      `has the type ${JSON.stringify(type)}, which none of its values ` +
        `${JSON.stringify(values)} has`,
    )
  return matching
}

function hasType(value: unknown, type: string): boolean {
  if (type === 'integer') return Number.isInteger(value)
  if (type === 'null') return value === null
  if (type === 'array') return Array.isArray(value)
  return type === 'object' ? isJsonObject(value) : typeof value === type
}

/** Takes the value of a keyword as a list that is not empty. */
export function parseList(value: unknown, keyword: string, path: string): readonly unknown[] {
  if (Array.isArray(value) && value.length > 0) return value
  throw schemaError(
    'invalid-request',
    path,
    `has the ${keyword} ${JSON.stringify(value)}, and needs a list that is not empty`,
  )
}

/** The inclusive limits of a length or of a number of items. */
export function findCountLimits(
  schema: Schema,
  counted: 'Length' | 'Items',
  path: string,
): { readonly min: number; readonly max: number } {
  const min = Number(schema[`min${counted}`] ?? 0)
  const max = Number(schema[`max${counted}`] ?? Infinity)
  if (min <= max) return { min, max }
  throw schemaError(
    'invalid-request',
    path,
    `has the min${counted} ${min}, which exceeds the max${counted} ${max}`,
  )
}

/** Throws `unsupported` for a keyword that is not one of `allowed` and constrains the value. */
export function assertOnlyKeywords(schema: Schema, allowed: readonly string[], path: string): void {
  const unknownKeyword = Object.keys(schema).find(
    (keyword) =>
      !allowed.includes(keyword) &&
      !unconstrainingKeywords.includes(keyword) &&
      schema[keyword] !== undefined,
  )
  if (unknownKeyword !== undefined) throw unsupportedKeyword(path, JSON.stringify(unknownKeyword))
}
