import {
  constrainingKeywords,
  isJsonObject,
  referenceKeywords,
  schemaReferences,
  type Steps,
} from '@nano/core/driver'
import { schemaError } from './schema-error.ts'
import { parseSchema, type Schema } from './schema-keywords.ts'

/** Schemas that a value holds to all at once; what they refer to and combine is among them. */
export type Conjunction = readonly Schema[]

/** Reads what a schema combines: its references, `allOf`, `anyOf`, `oneOf` and `if`. */
export interface SchemaAlternatives {
  /**
   * Conjunctions one of which every value that holds to all of `schemas` holds to. There are more
   * such values where the schemas exclude something, or combine too much.
   */
  of(schemas: readonly unknown[], path: string): Steps<readonly Conjunction[]>
  /** The schema that a schema with nothing but a reference stands for. */
  followReference(schema: unknown, path: string): Steps<unknown>
}

/** Schemas that combine each other; the stack is deep enough for them. */
const maxDepth = 1_000

/** With more alternatives, the next combination is left to the check of the whole answer. */
const maxAlternatives = 128

export function schemaAlternatives(root: unknown): SchemaAlternatives {
  const references = schemaReferences(root)
  /** The alternatives of one schema; undefined while they are being found. */
  const expansions = new Map<unknown, readonly Conjunction[] | undefined>()
  /** Schemas whose alternatives are being found. */
  let depth = 0

  function* expand(value: unknown, path: string): Steps<readonly Conjunction[]> {
    if (value === true || value === undefined) return [[]]
    if (value === false) return []
    const expansion = expansions.get(value)
    if (expansion) return expansion
    if (expansions.has(value)) throw circleError(path)
    const schema = parseSchema(value, path)
    if (!combinesOthers(schema)) return [[schema]]
    if (depth === maxDepth) throw depthError(path)
    expansions.set(schema, undefined)
    depth += 1
    const alternatives = yield* expandKeywords(schema, path)
    depth -= 1
    expansions.set(schema, alternatives)
    return alternatives
  }

  function* expandKeywords(schema: Schema, path: string): Steps<readonly Conjunction[]> {
    const { allOf, anyOf, oneOf, if: condition, not } = schema
    if (not === true || (isJsonObject(not) && Object.keys(not).length === 0)) return []
    let alternatives: readonly Conjunction[] = [[schema]]
    for (const target of yield* findTargets(schema, path))
      alternatives = yield* combine(alternatives, yield* expand(target, path))
    for (const part of Array.isArray(allOf) ? allOf : [])
      alternatives = yield* combine(alternatives, yield* expand(part, path))
    for (const branches of [anyOf, oneOf])
      if (Array.isArray(branches))
        alternatives = yield* combine(alternatives, yield* expandBranches(branches, path))
    for (const dependent of listDependentSchemas(schema))
      alternatives = yield* combine(alternatives, [[], ...(yield* expand(dependent, path))])
    if (condition === undefined || (schema.then ?? schema.else) === undefined) return alternatives
    const conditions = yield* expand(condition, path)
    const holding = yield* combine(conditions, yield* expand(schema.then, path))
    return yield* combine(alternatives, [...holding, ...(yield* expand(schema.else, path))])
  }

  function* findTargets(schema: Schema, path: string): Steps<readonly unknown[]> {
    const keywords = referenceKeywords.filter((keyword) => schema[keyword] !== undefined)
    if (keywords.length > 0) yield* references.read()
    return keywords.map((keyword) => findTarget(schema, keyword, path))
  }

  function* expandBranches(
    branches: readonly unknown[],
    path: string,
  ): Steps<readonly Conjunction[]> {
    const alternatives: Conjunction[] = []
    for (const [index, branch] of branches.entries()) {
      if (index > 0) yield
      const expanded = yield* expand(branch, `${path}-${index + 1}`)
      const isTooMany =
        expanded.length > 1 && alternatives.length + expanded.length > maxAlternatives
      // Without what the branch combines, it allows more.
      if (isTooMany && isJsonObject(branch)) alternatives.push([branch])
      else alternatives.push(...expanded)
    }
    return alternatives
  }

  function findTarget(
    schema: Schema,
    keyword: (typeof referenceKeywords)[number],
    path: string,
  ): unknown {
    const target = references.find(schema, keyword)
    if (target !== undefined) return target
    const reference = JSON.stringify(schema[keyword])
    throw schemaError('invalid-request', path, `refers to ${reference}, which is not in the schema`)
  }

  function* followReference(value: unknown, path: string): Steps<unknown> {
    const passedSchemas = new Set<unknown>()
    let schema = value
    while (hasReference(schema) && listConstraints(schema).length === 1) {
      if (passedSchemas.has(schema)) throw circleError(path)
      passedSchemas.add(schema)
      ;[schema] = yield* findTargets(schema, path)
    }
    return schema
  }

  function* expandAll(schemas: readonly unknown[], path: string): Steps<readonly Conjunction[]> {
    let alternatives: readonly Conjunction[] = [[]]
    for (const schema of schemas)
      alternatives = yield* combine(alternatives, yield* expand(schema, path))
    return alternatives
  }

  return {
    of: (schemas, path) =>
      schemas.length === 1 ? expand(schemas[0], path) : expandAll(schemas, path),
    followReference,
  }
}

/** Whether a value is a schema that refers to another. */
export function hasReference(value: unknown): value is Schema {
  return isJsonObject(value) && referenceKeywords.some((keyword) => value[keyword] !== undefined)
}

/** Whether a schema has a keyword that leads to other schemas for the same value. */
function combinesOthers(schema: Schema): boolean {
  return Object.keys(schema).some((keyword) => combiningKeywords.has(keyword))
}

const combiningKeywords: ReadonlySet<string> = new Set([
  ...referenceKeywords,
  'allOf',
  'anyOf',
  'oneOf',
  'not',
  'if',
  'dependentSchemas',
  'dependencies',
])

/** What a schema says of objects that have one property. */
function listDependentSchemas({ dependentSchemas, dependencies }: Schema): readonly unknown[] {
  return [dependentSchemas, dependencies]
    .flatMap((schemas) => (isJsonObject(schemas) ? Object.values(schemas) : []))
    .filter(isJsonObject)
}

/** Each of some alternatives with each of others; the first alone where that gives too many. */
function* combine(
  alternatives: readonly Conjunction[],
  otherAlternatives: readonly Conjunction[],
): Steps<readonly Conjunction[]> {
  const [only] = otherAlternatives
  if (only?.length === 0 && otherAlternatives.length === 1) return alternatives
  const isTooMany =
    alternatives.length > 1 && alternatives.length * otherAlternatives.length > maxAlternatives
  if (isTooMany && otherAlternatives.length > 1) return alternatives
  const combinations: Conjunction[] = []
  for (const first of alternatives)
    for (const second of otherAlternatives) {
      if (combinations.length > 0) yield
      combinations.push([...new Set([...first, ...second])])
    }
  return combinations
}

/** The keywords of a schema that say something of a value. */
export function listConstraints(schema: Schema): readonly string[] {
  const keywords: string[] = []
  for (const keyword of Object.keys(schema))
    if (constraints.has(keyword) && schema[keyword] !== undefined) keywords.push(keyword)
  return keywords
}

const constraints = new Set(constrainingKeywords)

/** The error for a schema that leads back to itself before anything is written. */
export function circleError(path: string): Error {
  return schemaError(
    'invalid-request',
    path,
    'leads back here before anything is written; refer to it from within a property or an item',
  )
}

function depthError(path: string): Error {
  return schemaError(
    'unsupported',
    path,
    `combines schemas more than ${maxDepth} levels deep; combine fewer`,
  )
}
