import { isJsonObject } from '../schema-keywords.ts'

/** Keywords whose value is a schema. */
const schemaKeywords = new Set([
  'not',
  'if',
  'then',
  'else',
  'items',
  'additionalItems',
  'unevaluatedItems',
  'contains',
  'additionalProperties',
  'unevaluatedProperties',
  'propertyNames',
  'contentSchema',
])
/** Keywords whose value is a list of schemas; `items` was one in earlier drafts. */
const listKeywords = new Set(['allOf', 'anyOf', 'oneOf', 'prefixItems', 'items'])
/** Keywords whose value is an object of schemas; in `dependencies`, some are lists of names. */
const mapKeywords = new Set([
  'properties',
  'patternProperties',
  'dependentSchemas',
  'dependencies',
  '$defs',
  'definitions',
])

/**
 * The schemas that a schema's keywords hold, with the JSON pointer to each. They come one by one,
 * because a list of 100,000 takes long to make.
 */
export function* listSubschemas(
  schema: Readonly<Record<string, unknown>>,
): Generator<readonly [pointer: string, subschema: unknown], void, undefined> {
  for (const keyword of Object.keys(schema)) {
    const value = schema[keyword]
    if (listKeywords.has(keyword) && Array.isArray(value))
      for (const [index, part] of value.entries()) yield [`/${keyword}/${index}`, part]
    else if (schemaKeywords.has(keyword)) yield [`/${keyword}`, value]
    else if (mapKeywords.has(keyword) && isJsonObject(value))
      for (const [name, part] of Object.entries(value))
        if (keyword !== 'dependencies' || !Array.isArray(part))
          yield [`/${keyword}/${escapePointer(name)}`, part]
  }
}

/** A name as a step of a JSON pointer. */
export function escapePointer(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1')
}
