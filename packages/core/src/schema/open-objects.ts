import type { GenerateRequest } from '../request.ts'
import { isJsonObject } from '../schema-keywords.ts'
import { referenceKeywords, schemaReferences } from './schema-references.ts'
import { listSubschemas } from './subschemas.ts'

type Schema = Readonly<Record<string, unknown>>

/** The request with its schemas, those of tools too, as `openObjects` writes them. */
export function openRequest(request: GenerateRequest): GenerateRequest {
  const { schema, tools } = request
  return {
    ...request,
    ...(schema && { schema: openObjects(schema) as typeof schema }),
    ...(tools && {
      tools: tools.map((tool) => ({
        ...tool,
        parameters: openObjects(tool.parameters) as typeof tool.parameters,
      })),
    }),
  }
}

/**
 * The schema with what it leaves open said in words that every reader of schemas knows: that an
 * object has further properties, a tuple further items, and that keywords of one type allow others.
 */
export function openObjects(root: Schema): Schema {
  const schemas = findSchemas(root)
  /** Deeper than the stack, if need be. */
  const copies = new Map<unknown, object>()
  const pending: unknown[] = [root]
  for (let part = pending.pop(); part !== undefined; part = pending.pop()) {
    if (typeof part !== 'object' || part === null || copies.has(part)) continue
    copies.set(part, Array.isArray(part) ? [] : {})
    pending.push(...Object.values(part))
  }
  for (const [part, copy] of copies)
    for (const [name, value] of Object.entries(
      schemas.has(part) ? openKeywords(part) : Object(part),
    ))
      // A plain assignment of `__proto__` would set something else.
      Object.defineProperty(copy, name, {
        value: copies.get(value) ?? value,
        enumerable: true,
        configurable: true,
        writable: true,
      })
  return copies.get(root) as Schema
}

/** All schemas in a schema, those that only a reference finds too. */
function findSchemas(root: Schema): ReadonlySet<unknown> {
  const references = schemaReferences(root)
  const schemas = new Set<unknown>()
  const pending: unknown[] = [root]
  for (let schema = pending.pop(); schema !== undefined; schema = pending.pop()) {
    if (!isJsonObject(schema) || schemas.has(schema)) continue
    schemas.add(schema)
    for (const [, part] of listSubschemas(schema)) pending.push(part)
    for (const keyword of referenceKeywords)
      if (schema[keyword] !== undefined) pending.push(references.find(schema, keyword))
  }
  return schemas
}

const allTypes = ['object', 'array', 'string', 'number', 'boolean', 'null']

/** Keywords besides those of names and places that look at members of a value. */
const lookingKeywords = [
  ...referenceKeywords,
  'allOf',
  'anyOf',
  'oneOf',
  'if',
  'dependentSchemas',
  'contains',
]

function openKeywords(part: unknown): Schema {
  const schema = part as Schema
  const { properties, patternProperties, items, prefixItems, type } = schema
  const namesMembers = [properties, patternProperties].some(
    (members) => isJsonObject(members) && Object.keys(members).length > 0,
  )
  const describesList = items !== undefined || prefixItems !== undefined
  // With nothing else that could look at a member, `unevaluated…: false` closes what is named.
  const isCombined = lookingKeywords.some((keyword) => schema[keyword] !== undefined)
  const isOpen = (keyword: string, unevaluated: string) =>
    schema[keyword] === undefined && (schema[unevaluated] !== false || isCombined)
  const itemKeyword = Array.isArray(items) ? 'additionalItems' : 'items'
  const isTuple = Array.isArray(items) || Array.isArray(prefixItems)
  return {
    ...schema,
    ...(type === undefined && (namesMembers || describesList) && { type: allTypes }),
    ...(namesMembers &&
      isOpen('additionalProperties', 'unevaluatedProperties') && { additionalProperties: true }),
    ...(isTuple && isOpen(itemKeyword, 'unevaluatedItems') && { [itemKeyword]: true }),
  }
}
