import { combinationKeywords, isJsonObject } from '../schema-keywords.ts'
import { describeItems } from './check-array.ts'
import { referenceKeywords, type SchemaReferences } from './schema-references.ts'
import type { Steps } from './steps.ts'

type Schema = Readonly<Record<string, unknown>>

/**
 * The members of a value that `unevaluatedProperties` and `unevaluatedItems` may pass over, and the
 * schemas one of which a member holds to where it is passed over.
 */
export interface EvaluatedMembers {
  readonly names: Map<string, unknown[]>
  readonly patterns: Map<string, unknown[]>
  /** The schemas for names of any kind. */
  readonly anyName: Set<unknown>
  /** The items of a list from its start. */
  readonly items: unknown[][]
  /** The schemas for items in any place. */
  readonly anyItem: Set<unknown>
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
    names: new Map(),
    patterns: new Map(),
    anyName: new Set(),
    items: [],
    anyItem: new Set(),
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
    // A dynamic reference may lead anywhere.
    if (references.find(schema, '$dynamicRef') === true)
      addMembers(members, { additionalProperties: true, items: true }, false)
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
  const addParts = (partsByKey: Map<string, unknown[]>, parts: unknown) => {
    for (const [key, part] of Object.entries(Object(parts))) {
      const earlierParts = partsByKey.get(key)
      if (earlierParts) earlierParts.push(part)
      else partsByKey.set(key, [part])
    }
  }
  // A schema that allows no member looks at none in a valid value.
  const addPart = (parts: Set<unknown>, part: unknown) => {
    if (part !== undefined && part !== false) parts.add(part)
  }
  addParts(members.names, schema.properties)
  addParts(members.patterns, schema.patternProperties)
  addPart(members.anyName, additionalProperties)
  if (!isRoot) addPart(members.anyName, unevaluatedProperties)
  for (const [index, part] of prefix.entries()) (members.items[index] ??= []).push(part)
  addPart(members.anyItem, others)
  addPart(members.anyItem, contains)
  if (!isRoot) addPart(members.anyItem, unevaluatedItems)
}
