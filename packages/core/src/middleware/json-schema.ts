import { dereference, format as formats, type Schema, validate } from '@cfworker/json-schema'
import { NanoError } from '../error.ts'
import type { GenerateRequest } from '../request.ts'
import {
  annotations,
  countKeywords,
  isCount,
  isJsonObject,
  schemaListKeywords,
  schemaTypes,
} from '../schema-keywords.ts'

/** Why a text does not hold to a schema. */
export interface SchemaFault {
  /** For the model that is schemaInput again: it may name what the text says. */
  readonly forModel: string
  /** For people and logs: places in the schema, and nothing of the text. */
  readonly forLogs: string
}

type Check = (value: unknown) => boolean
const text: Check = (value) => typeof value === 'string'
const number: Check = (value) => typeof value === 'number' && Number.isFinite(value)
const anything: Check = () => true
const listOf =
  (each: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(each)
const mapOf =
  (each: Check): Check =>
  (value) =>
    isJsonObject(value) && Object.values(value).every(each)
const type: Check = (value) => schemaTypes.includes(value as string)
const schema: Check = (value) => typeof value === 'boolean' || isJsonObject(value)
const regularExpression: Check = (value) => {
  try {
    return text(value) && new RegExp(value as string, 'u') instanceof RegExp
  } catch {
    return false
  }
}

/** Keywords whose value is schemaInput for by the validator, and what it has to be. */
const asserted: Readonly<Record<string, Check>> = {
  ...Object.fromEntries(countKeywords.map((keyword) => [keyword, isCount])),
  type: (value) => type(value) || (listOf(type)(value) && (value as unknown[]).length > 0),
  enum: listOf(anything),
  const: anything,
  $ref: text,
  format: (value) => text(value) && Object.hasOwn(formats, value as string),
  pattern: regularExpression,
  minimum: number,
  maximum: number,
  exclusiveMinimum: number,
  exclusiveMaximum: number,
  multipleOf: (value) => number(value) && (value as number) > 0,
  uniqueItems: (value) => typeof value === 'boolean',
  required: listOf(text),
  dependentRequired: mapOf(listOf(text)),
}
const schemas = [
  'not',
  'if',
  'then',
  'else',
  'additionalProperties',
  'unevaluatedProperties',
  'propertyNames',
  'items',
  'additionalItems',
  'unevaluatedItems',
  'contains',
]
const schemaMaps = ['properties', 'patternProperties', 'dependentSchemas', '$defs', 'definitions']

/**
 * Checks texts against a JSON Schema of draft 2020-12 as it is specified, `format` included. Throws
 * `unsupported` for a schema with a keyword, a format or a reference that would not be looked at.
 * @see https://json-schema.org/draft/2020-12/json-schema-validation
 */
export function jsonSchemaChecker(
  schemaInput: NonNullable<GenerateRequest['schema']>,
  who: string,
): (text: string) => SchemaFault | undefined {
  // The validator writes notes into the schema it is given.
  const schemaCopy = structuredClone(schemaInput) as Schema
  const refuse = (why: string): never => {
    throw new NanoError('unsupported', `${who}: the schema cannot be checked: ${why}`)
  }
  const lookup = referable(schemaCopy, refuse)
  const unchecked = uncheckable(schemaCopy, '#', lookup)
  if (unchecked) refuse(unchecked)
  const errorsOf = (value: unknown) => {
    try {
      return validate(value, schemaCopy, '2020-12', lookup, false).errors
    } catch {
      return refuse('it refers to itself without end')
    }
  }
  errorsOf(null)

  return (text) => {
    let value: unknown
    try {
      value = JSON.parse(text)
    } catch (error) {
      return {
        forModel: `it is not JSON (${error instanceof Error ? error.message : String(error)})`,
        forLogs: 'it is not JSON',
      }
    }
    const errors = errorsOf(value)
    if (errors.length === 0) return undefined
    // What a schema of `false` refuses is placed in the text, not in the schema.
    const places = errors
      .filter(({ keyword }) => keyword !== 'false')
      .map(({ keywordLocation }) => keywordLocation)
    return {
      forModel: errors
        .map(({ instanceLocation, error }) => `${instanceLocation}: ${error}`)
        .join('\n'),
      forLogs: `at ${[...new Set(places)].join(', ') || '#'}`,
    }
  }
}

function referable(own: Schema, refuse: (why: string) => never): Record<string, Schema | boolean> {
  try {
    return dereference(own)
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error))
  }
}

/** The first thing of a schema that would not be looked at. */
function uncheckable(
  part: unknown,
  at: string,
  lookup: Readonly<Record<string, unknown>>,
): string | undefined {
  if (typeof part === 'boolean') return undefined
  if (!isJsonObject(part)) return `${at} is no schema`
  for (const [keyword, value] of Object.entries(part)) {
    const here = `${at}/${keyword}`
    const inside = subschemas(keyword, value)
    const holds =
      inside !== undefined ||
      (Object.hasOwn(asserted, keyword) && asserted[keyword]?.(value)) ||
      (Object.hasOwn(annotations, keyword) && annotations[keyword]?.(value))
    if (!holds) return `${here} is not known, or its value is not what it should be`
    if (keyword === 'patternProperties' && !Object.keys(value as object).every(regularExpression))
      return `${here} has a name that is no regular expression`
    for (const [name, sub] of inside ?? []) {
      const fault = uncheckable(sub, name === '' ? here : `${here}/${name}`, lookup)
      if (fault) return fault
    }
  }
  // Not enumerable: where the reference leads to, as the validator has it.
  const target = (part as Schema).__absolute_ref__
  return target !== undefined && lookup[target] === undefined
    ? `${at}/$ref leads nowhere`
    : undefined
}

/**
 * The schemas in the value of a keyword, by name; none where it holds no schemas, or something
 * else.
 */
function subschemas(
  keyword: string,
  value: unknown,
): readonly (readonly [name: string, sub: unknown])[] | undefined {
  if (keyword === 'dependencies' && isJsonObject(value))
    return Object.entries(value).filter(([, sub]) => !listOf(text)(sub))
  if (
    (schemaListKeywords.includes(keyword) &&
      listOf(schema)(value) &&
      (value as unknown[]).length > 0) ||
    (keyword === 'items' && Array.isArray(value))
  )
    return Object.entries(value as unknown[])
  if (schemas.includes(keyword) && schema(value)) return [['', value]]
  if (schemaMaps.includes(keyword) && isJsonObject(value)) return Object.entries(value)
  return undefined
}
