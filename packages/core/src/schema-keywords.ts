/**
 * What is known of JSON Schema's keywords, shared by the checker of answers in this package and by
 * the grammars of `@nano/chat`.
 */
type ValueCheck = (value: unknown) => boolean

const isText: ValueCheck = (value) => typeof value === 'string'
const isAnything: ValueCheck = () => true

/** The values of `type`. */
export const schemaTypes: readonly string[] = [
  'array',
  'boolean',
  'integer',
  'null',
  'number',
  'object',
  'string',
]

/** The types that allow every value together: an integer is a number. */
export const allTypes: readonly string[] = [
  'object',
  'array',
  'string',
  'number',
  'boolean',
  'null',
]

/** Keywords that describe a value without constraining it, and what their values have to be. */
export const annotations: Readonly<Record<string, ValueCheck>> = {
  $schema: isText,
  $id: isText,
  $anchor: isText,
  $comment: isText,
  title: isText,
  description: isText,
  default: isAnything,
  examples: isAnything,
  deprecated: isAnything,
  readOnly: isAnything,
  writeOnly: isAnything,
}

/**
 * Keywords that constrain a value. All others, unknown ones included, are ignored.
 */
export const constrainingKeywords: readonly string[] = [
  '$ref',
  '$dynamicRef',
  '$recursiveRef',
  'allOf',
  'anyOf',
  'oneOf',
  'not',
  'if',
  'type',
  'const',
  'enum',
  'properties',
  'patternProperties',
  'additionalProperties',
  'required',
  'propertyNames',
  'minProperties',
  'maxProperties',
  'unevaluatedProperties',
  'dependencies',
  'dependentRequired',
  'dependentSchemas',
  'items',
  'prefixItems',
  'additionalItems',
  'minItems',
  'maxItems',
  'uniqueItems',
  'contains',
  'unevaluatedItems',
  'minLength',
  'maxLength',
  'pattern',
  'format',
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
]

/** Keywords that a grammar may hold in part: the check of the whole answer decides. */
export const checkedKeywords: readonly string[] = [
  'not',
  'oneOf',
  'uniqueItems',
  'contains',
  'dependentRequired',
  'dependentSchemas',
  'dependencies',
  'unevaluatedProperties',
  'unevaluatedItems',
]

/** Formats whose grammars hold more than the format. */
export const looseFormats: readonly string[] = [
  'uri',
  'uri-reference',
  'iri',
  'iri-reference',
  'uri-template',
  'hostname',
  'idn-hostname',
  'email',
  'idn-email',
  'regex',
  'time',
  'date-time',
]

/** Keywords whose value is a whole number of 0 or more. */
export const countKeywords: readonly string[] = [
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'minContains',
  'maxContains',
  'minProperties',
  'maxProperties',
]

/** Keywords whose value is a list of schemas for the same value. */
export const combinationKeywords: readonly string[] = ['allOf', 'anyOf', 'oneOf']

/** Keywords whose value is a list of schemas that is not empty. */
export const schemaListKeywords: readonly string[] = [...combinationKeywords, 'prefixItems']

/** Whether a schema names properties, one by one or by patterns. */
export function namesMembers({
  properties,
  patternProperties,
}: Readonly<Record<string, unknown>>): boolean {
  return [properties, patternProperties].some(
    (members) => isJsonObject(members) && Object.keys(members).length > 0,
  )
}

/** Whether a value is a whole number of 0 or more. */
export function isCount(value: unknown): boolean {
  return Number.isInteger(value) && Number(value) >= 0
}

/** Whether a value is an object in JSON: neither null nor a list. */
export function isJsonObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
