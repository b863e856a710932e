import { isJsonObject } from '../schema-keywords.ts'
import { describeItems } from './check-array.ts'
import { referenceKeywords, type SchemaReferences } from './schema-references.ts'

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

/** Keywords by which a schema leads to others for the same value, in the order of grammars. */
const listKeywords = ['allOf', 'anyOf', 'oneOf']
const mapKeywords = ['dependentSchemas', 'dependencies']
const schemaKeywords = ['if', 'then', 'else']

/**
 * Finds what a schema, and the schemas that it combines, look at in a value. Which of them hold
 * depends on the value, so these are all that may be looked at.
 */
export function findEvaluatedMembers(root: Schema, references: SchemaReferences): EvaluatedMembers {
  const members: EvaluatedMembers = {
    names: new Set(),
    patterns: new Set(),
    hasAllNames: false,
    itemCount: 0,
    hasAllItems: false,
  }
  const seenSchemas = new Set<unknown>()
  const pending: unknown[] = [root]
  while (pending.length > 0) {
    const schema = pending.pop()
    if (!isJsonObject(schema) || seenSchemas.has(schema)) continue
    seenSchemas.add(schema)
    addMembers(members, schema, schema === root)
    // A dynamic reference may lead to several schemas.
    if (schema.$dynamicRef !== undefined) members.hasAllNames = members.hasAllItems = true
    const parts = [
      ...referenceKeywords.map((keyword) => references.find(schema, keyword)),
      ...listKeywords.flatMap((keyword) => schema[keyword] ?? []),
      ...mapKeywords.flatMap((keyword) => Object.values(schema[keyword] ?? {})),
      ...schemaKeywords.map((keyword) => schema[keyword]),
    ]
    for (const part of parts.toReversed()) pending.push(part)
  }
  return members
}

function addMembers(members: EvaluatedMembers, schema: Schema, isRoot: boolean): void {
  const { additionalProperties, unevaluatedProperties, unevaluatedItems, contains } = schema
  const { prefix, others } = describeItems(schema)
  // A schema that allows no member looks at none in a valid value.
  const looks = (part: unknown) => part !== undefined && part !== false
  for (const name of Object.keys(schema.properties ?? {})) members.names.add(name)
  for (const pattern of Object.keys(schema.patternProperties ?? {})) members.patterns.add(pattern)
  members.itemCount = Math.max(members.itemCount, prefix.length)
  if (looks(additionalProperties) || (!isRoot && looks(unevaluatedProperties)))
    members.hasAllNames = true
  if (looks(others) || contains !== undefined || (!isRoot && looks(unevaluatedItems)))
    members.hasAllItems = true
}
