import { combinationKeywords, isJsonObject } from '../schema-keywords.ts'
import { describeItems } from './check-array.ts'
import { referenceKeywords, type SchemaReferences } from './schema-references.ts'
import type { Steps } from './steps.ts'

type Schema = Readonly<Record<string, unknown>>

/** The members of a value that `unevaluatedProperties` and `unevaluatedItems` may pass over. */
export interface EvaluatedMembers {
  readonly names: Set<string>
  readonly patterns: Set<string>
  /** Every name may be one of them. */
  hasAllNames: boolean
  /** The items of a list from its start. */
  itemCount: number
  hasAllItems: boolean
}

/** Keywords by which a schema leads to others for the same value. */
const mapKeywords = ['dependentSchemas', 'dependencies']
const schemaKeywords = ['if', 'then', 'else']

/**
 * Finds what a schema, and the schemas that it combines, look at in a value. Which of them hold
 * depends on the value, so these are all that may be looked at. Their order is that of the keywords
 * above, in which grammars write the names too.
 */
export function* findEvaluatedMembers(
  root: Schema,
  references: SchemaReferences,
): Steps<EvaluatedMembers> {
  const members: EvaluatedMembers = {
    names: new Set(),
    patterns: new Set(),
    hasAllNames: false,
    itemCount: 0,
    hasAllItems: false,
  }
  const seenSchemas = new Set<unknown>()
  const levels: Iterator<unknown, void>[] = [[root].values()]
  for (let level = levels.at(-1); level; level = levels.at(-1)) {
    yield
    const { value: schema, done } = level.next()
    if (done) levels.pop()
    if (!isJsonObject(schema) || seenSchemas.has(schema)) continue
    seenSchemas.add(schema)
    addMembers(members, schema, schema === root)
    // A dynamic reference may lead to several schemas.
    if (schema.$dynamicRef !== undefined) members.hasAllNames = members.hasAllItems = true
    levels.push(listCombinedSchemas(schema, references))
  }
  return members
}

/** One by one: a list of 100,000 takes long to copy. */
function* listCombinedSchemas(
  schema: Schema,
  references: SchemaReferences,
): Generator<unknown, void, undefined> {
  for (const keyword of referenceKeywords) yield references.find(schema, keyword)
  for (const keyword of combinationKeywords) {
    const list = schema[keyword]
    if (Array.isArray(list)) yield* list
  }
  for (const keyword of mapKeywords) yield* Object.values(schema[keyword] ?? {})
  for (const keyword of schemaKeywords) yield schema[keyword]
}

function addMembers(members: EvaluatedMembers, schema: Schema, isRoot: boolean): void {
  const { additionalProperties, unevaluatedProperties, unevaluatedItems, contains } = schema
  const { prefix, others } = describeItems(schema)
  // A schema that allows no member looks at none in a valid value.
  const evaluatesMembers = (part: unknown) => part !== undefined && part !== false
  for (const name of Object.keys(schema.properties ?? {})) members.names.add(name)
  for (const pattern of Object.keys(schema.patternProperties ?? {})) members.patterns.add(pattern)
  members.itemCount = Math.max(members.itemCount, prefix.length)
  if (
    evaluatesMembers(additionalProperties) ||
    (!isRoot && evaluatesMembers(unevaluatedProperties))
  )
    members.hasAllNames = true
  if (
    evaluatesMembers(others) ||
    contains !== undefined ||
    (!isRoot && evaluatesMembers(unevaluatedItems))
  )
    members.hasAllItems = true
}
