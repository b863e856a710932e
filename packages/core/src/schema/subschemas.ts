import { isJsonObject } from '../schema-keywords.ts'

/** Keywords whose value is a schema. */
const schemaKeywords = [
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
]
/** Keywords whose value is a list of schemas; `items` was one in earlier drafts. */
const listKeywords = ['allOf', 'anyOf', 'oneOf', 'prefixItems', 'items']
/** Keywords whose value is an object of schemas; in `dependencies`, some are lists of names. */
const mapKeywords = [
  'properties',
  'patternProperties',
  'dependentSchemas',
  'dependencies',
  '$defs',
  'definitions',
]

/** The schemas that a schema's keywords hold, with the JSON pointer to each. */
export function listSubschemas(
  schema: Readonly<Record<string, unknown>>,
): readonly (readonly [pointer: string, subschema: unknown])[] {
  return Object.entries(schema).flatMap(([keyword, value]) => {
    if (listKeywords.includes(keyword) && Array.isArray(value))
      return value.map((part: unknown, index) => [`/${keyword}/${index}`, part] as const)
    if (schemaKeywords.includes(keyword)) return [[`/${keyword}`, value] as const]
    if (!mapKeywords.includes(keyword) || !isJsonObject(value)) return []
    return Object.entries(value)
      .filter(([, part]) => keyword !== 'dependencies' || !Array.isArray(part))
      .map(([name, part]) => [`/${keyword}/${escapePointer(name)}`, part] as const)
  })
}

/** A name as a step of a JSON pointer. */
export function escapePointer(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1')
}
