import { schemaError } from './schema-error.ts'
import {
  assertOnlyKeywords,
  inferTypes,
  parseSchema,
  type Schema,
  unconstrainingKeywords,
} from './schema-keywords.ts'

/**
 * Merges the parts of an `allOf` into one schema. Throws `unsupported` for parts that do not
 * describe objects, and for a property that two parts describe.
 */
export function mergeObjects(parts: readonly unknown[], path: string): Schema {
  const schemas = parts
    .map((part) => parseSchema(part, path))
    .filter((schema) => Object.keys(schema).some((key) => !unconstrainingKeywords.includes(key)))
  const [only] = schemas
  if (only && schemas.length === 1) return only
  for (const schema of schemas) {
    if (inferTypes(schema)[0] !== 'object')
      throw schemaError('unsupported', path, 'has an allOf with a part that describes no object')
    assertOnlyKeywords(schema, ['type', 'properties', 'required', 'additionalProperties'], path)
  }
  const names = schemas.flatMap(({ properties }) => Object.keys(properties ?? {}))
  const duplicate = names.find((name, index) => names.indexOf(name) !== index)
  if (duplicate !== undefined)
    throw schemaError(
      'unsupported',
      path,
      `has an allOf that describes ${JSON.stringify(duplicate)} twice; describe it in one place`,
    )
  return {
    type: 'object',
    properties: Object.assign({}, ...schemas.map(({ properties }) => properties)) as unknown,
    required: schemas.flatMap(({ required }) => (Array.isArray(required) ? required : [])),
  }
}
