import { combinationKeywords, isJsonObject } from '../schema-keywords.ts'
import { referenceKeywords, type SchemaReferences } from './schema-references.ts'
import type { Steps } from './steps.ts'

type Schema = Readonly<Record<string, unknown>>

/** Keywords whose value is a schema for the same value, whatever that is. */
const schemaKeywords = ['not', 'if']

/** A schema on the way that the search took. */
interface Level {
  readonly schema: Schema
  /** The addresses of the resources on the way, which dynamic references depend on. */
  readonly scope: readonly string[]
  /** The schemas that it leads to. */
  readonly parts: Iterator<unknown, void>
}

/** Whether a schema leads back to itself before it looks at a part of the value. */
export function* hasReferenceCircle(root: unknown, references: SchemaReferences): Steps<boolean> {
  /** Whether the search has left each schema again, by the scope in which it came there. */
  const visitsByScope = new Map<string, Map<Schema, boolean>>()
  const levels: Level[] = []

  function findVisits(scope: readonly string[]): Map<Schema, boolean> {
    const key = scope.join('\n')
    const visits = visitsByScope.get(key) ?? new Map<Schema, boolean>()
    visitsByScope.set(key, visits)
    return visits
  }

  /** Goes on in a schema; gives whether it came from there. */
  function enterSchema(schema: unknown, outerScope: readonly string[]): boolean {
    if (!isJsonObject(schema)) return false
    const resource = references.findResource(schema)
    const scope = outerScope.includes(resource) ? outerScope : [...outerScope, resource]
    const visits = findVisits(scope)
    const hasLeft = visits.get(schema)
    if (hasLeft !== undefined) return !hasLeft
    visits.set(schema, false)
    levels.push({ schema, scope, parts: listReachedSchemas(schema, references, scope) })
    return false
  }

  enterSchema(root, [])
  for (let level = levels.at(-1); level; level = levels.at(-1)) {
    yield
    const { value: part, done } = level.parts.next()
    if (done) {
      findVisits(level.scope).set(level.schema, true)
      levels.pop()
    } else if (enterSchema(part, level.scope)) return true
  }
  return false
}

function* listReachedSchemas(
  schema: Schema,
  references: SchemaReferences,
  scope: readonly string[],
): Generator<unknown, void, undefined> {
  for (const keyword of referenceKeywords) yield references.find(schema, keyword, scope)
  for (const keyword of combinationKeywords) {
    const list = schema[keyword]
    if (Array.isArray(list)) yield* list
  }
  for (const keyword of schemaKeywords) yield schema[keyword]
  if (schema.if === undefined) return
  yield schema.then
  yield schema.else
}
