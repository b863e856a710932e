import type { GenerateRequest, Tool } from '../request.ts'
import { allTypes, constrainingKeywords, isJsonObject, namesMembers } from '../schema-keywords.ts'
import { describeItems } from './check-array.ts'
import { type EvaluatedMembers, findEvaluatedMembers } from './evaluated-members.ts'
import { referenceKeywords, schemaReferences, type SchemaReferences } from './schema-references.ts'
import { runSteps, type Steps } from './steps.ts'
import { listSubschemas } from './subschemas.ts'

type Schema = Readonly<Record<string, unknown>>

/** The request with its schemas, those of tools too, as `openObjects` writes them. */
export function* openRequest(request: GenerateRequest): Steps<GenerateRequest> {
  const { schema, tools } = request
  const openTools: Tool[] = []
  for (const tool of tools ?? [])
    openTools.push({
      ...tool,
      parameters: (yield* openObjectsSteps(tool.parameters)) as typeof tool.parameters,
    })
  return {
    ...request,
    ...(schema && { schema: (yield* openObjectsSteps(schema)) as typeof schema }),
    ...(tools && { tools: openTools }),
  }
}

/**
 * The schema with what it leaves open said in words that every reader of schemas knows: that an
 * object has further properties, a tuple further items, and that keywords of one type allow others.
 */
export function openObjects(root: Schema): Schema {
  return runSteps(openObjectsSteps(root))
}

function* openObjectsSteps(root: Schema): Steps<Schema> {
  const references = schemaReferences(root)
  const schemas = yield* findSchemas(root, references)
  /** Deeper than the stack, if need be. */
  const copies = new Map<unknown, object>()
  const pending: unknown[] = [root]
  for (let part = pending.pop(); part !== undefined; part = pending.pop()) {
    yield
    if (typeof part !== 'object' || part === null || copies.has(part)) continue
    copies.set(part, Array.isArray(part) ? [] : {})
    for (const value of Object.values(part)) {
      yield
      pending.push(value)
    }
  }
  const copyPart = (part: unknown) => copies.get(part) ?? part
  for (const [part, copy] of copies) {
    const isSchema = isJsonObject(part) && schemas.has(part)
    const openPart = isSchema ? yield* openKeywords(part, references, copyPart) : Object(part)
    // A list of 100,000 takes long to copy.
    const keys = Array.isArray(openPart) ? openPart.keys() : Object.keys(openPart)
    for (const key of keys) {
      yield
      // A plain assignment of `__proto__` would set something else.
      Object.defineProperty(copy, key, {
        value: copyPart(openPart[key]),
        enumerable: true,
        configurable: true,
        writable: true,
      })
    }
  }
  return copies.get(root) as Schema
}

/** All schemas in a schema, those that only a reference finds too. */
function* findSchemas(root: Schema, references: SchemaReferences): Steps<ReadonlySet<unknown>> {
  const schemas = new Set<unknown>()
  const pending: unknown[] = [root]
  for (let schema = pending.pop(); schema !== undefined; schema = pending.pop()) {
    if (!isJsonObject(schema) || schemas.has(schema)) continue
    yield
    schemas.add(schema)
    for (const [, part] of listSubschemas(schema)) {
      yield
      pending.push(part)
    }
    for (const keyword of referenceKeywords)
      if (schema[keyword] !== undefined) pending.push(references.find(schema, keyword))
  }
  return schemas
}

/** Puts copies in place of the parts of a schema. */
type CopyPart = (part: unknown) => unknown

function* openKeywords(
  schema: Schema,
  references: SchemaReferences,
  copyPart: CopyPart,
): Steps<Schema> {
  const { unevaluatedProperties = true, unevaluatedItems = true } = schema
  const limitsMembers = unevaluatedProperties !== true || unevaluatedItems !== true
  const evaluated = limitsMembers ? yield* findEvaluatedMembers(schema, references) : undefined
  const openSchema = { ...schema, ...openNames(schema, evaluated, copyPart) }
  const openList = { ...openSchema, ...openItems(schema, evaluated, copyPart) }
  const describesList = openList.items !== undefined || openList.prefixItems !== undefined
  const describesMembers = namesMembers(openList) || describesList
  return { ...openList, ...(openList.type === undefined && describesMembers && { type: allTypes }) }
}

/** What a schema says of names: where others are not evaluated, it lists those that may be. */
function openNames(
  schema: Schema,
  evaluated: EvaluatedMembers | undefined,
  copyPart: CopyPart,
): Schema {
  const { properties, patternProperties, unevaluatedProperties = true } = schema
  if (schema.additionalProperties !== undefined) return {}
  const parts = [unevaluatedProperties, ...(evaluated?.anyName ?? [])]
  const others = anyPart(parts, copyPart)
  if (!evaluated || others === true)
    return namesMembers(schema) ? { additionalProperties: true } : {}
  const { names, patterns } = evaluated
  const allowKeys = (map: unknown, keys: ReadonlyMap<string, unknown>) => {
    const openMap = new Map(Object.entries(Object(map)).map(([key, part]) => [key, copyPart(part)]))
    for (const [key, part] of keys) if (!openMap.has(key)) openMap.set(key, part)
    return Object.fromEntries(openMap)
  }
  // A name may be evaluated by a pattern as well, and a name of a pattern in many ways.
  const shared = [...parts, ...[...patterns.values()].flat()]
  const openedNames = new Map(
    [...names].map(([name, own]) => [name, anyPart([...own, ...shared], copyPart)]),
  )
  const openedPatterns = new Map([...patterns.keys()].map((pattern) => [pattern, true]))
  return {
    ...(names.size > 0 && { properties: allowKeys(properties, openedNames) }),
    ...(patterns.size > 0 && { patternProperties: allowKeys(patternProperties, openedPatterns) }),
    additionalProperties: others,
  }
}

/** What a schema says of items: where others are not evaluated, it counts those that may be. */
function openItems(
  schema: Schema,
  evaluated: EvaluatedMembers | undefined,
  copyPart: CopyPart,
): Schema {
  const { items, prefixItems, unevaluatedItems = true } = schema
  const isTuple = Array.isArray(items) || Array.isArray(prefixItems)
  const othersKeyword = Array.isArray(items) ? 'additionalItems' : 'items'
  if (schema[othersKeyword] !== undefined) return {}
  const parts = [unevaluatedItems, ...(evaluated?.anyItem ?? [])]
  const others = anyPart(parts, copyPart)
  if (!evaluated || others === true) return isTuple ? { [othersKeyword]: true } : {}
  const { prefix } = describeItems(schema)
  const prefixKeyword = Array.isArray(items) ? 'items' : 'prefixItems'
  const first = evaluated.items.map((own, index) =>
    index < prefix.length ? copyPart(prefix[index]) : anyPart([...own, ...parts], copyPart),
  )
  return {
    ...(first.length > 0 && { [prefixKeyword]: first }),
    [othersKeyword]: others,
  }
}

/** More schemas than this for one member are not told apart. */
const maxParts = 100

/** A schema for what holds to one of some schemas. */
function anyPart(parts: readonly unknown[], copyPart: CopyPart): unknown {
  const possibleParts = [...new Set(parts)].filter((part) => part !== false)
  if (possibleParts.length > maxParts || possibleParts.some(allowsAnything)) return true
  const copies = possibleParts.map(copyPart)
  return copies.length > 1 ? { anyOf: copies } : (copies[0] ?? false)
}

function allowsAnything(schema: unknown): boolean {
  return (
    !isJsonObject(schema) || constrainingKeywords.every((keyword) => schema[keyword] === undefined)
  )
}
