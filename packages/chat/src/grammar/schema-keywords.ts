import {
  constrainingKeywords,
  countKeywords,
  isCount,
  isJsonObject,
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
    throw schemaError('invalid-request', path, `is ${JSON.stringify(value)}, which is not a schema`)
  const { type, required, properties } = value
  const invalid = (keyword: string, needed: string) => {
    const problem = `has the ${keyword} ${JSON.stringify(value[keyword])}, and needs ${needed}`
    return schemaError('invalid-request', path, problem)
  }

  for (const keyword of countKeywords)
    if (value[keyword] !== undefined && !isCount(value[keyword]))
      throw invalid(keyword, 'a whole number of 0 or more')
  for (const keyword of numberKeywords)
    if (!['number', 'boolean', 'undefined'].includes(typeof value[keyword]))
      throw invalid(keyword, 'a number')
  for (const keyword of ['enum', ...schemaListKeywords])
    if (value[keyword] !== undefined) parseList(value[keyword], keyword, path)
  if (type !== undefined && typeof type !== 'string') parseList(type, 'type', path)
  const unknownType = [type ?? []]
    .flat()
    .find((name) => typeof name === 'string' && name !== 'any' && !schemaTypes.includes(name))
  if (unknownType !== undefined)
    throw schemaError(
      'invalid-request',
      path,
      `has the type ${JSON.stringify(unknownType)}, and the types are: ${schemaTypes.join(', ')}`,
    )
  const isKeyList = Array.isArray(required) && required.every((key) => typeof key === 'string')
  // In draft 3, it is a boolean, and says something of the object around.
  if (required !== undefined && !isKeyList && typeof required !== 'boolean')
    throw invalid('required', 'a list of property names')
  if (properties !== undefined && !isJsonObject(properties))
    throw invalid('properties', 'an object of schemas by name')
  return value
}

const numberKeywords = ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum']

/** Takes the value of a keyword as a list that is not empty. */
function parseList(value: unknown, keyword: string, path: string): readonly unknown[] {
  if (Array.isArray(value) && value.length > 0) return value
  throw schemaError(
    'invalid-request',
    path,
    `has the ${keyword} ${JSON.stringify(value)}, and needs a list that is not empty`,
  )
}

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
