import {
  combiningKeywords,
  isJsonObject,
  referenceKeywords,
  schemaReferences,
  type Steps,
} from '@nano/core/driver'
import { alternativesCombiner, maxAlternatives } from './conjunction-product.ts'
import { dropAlternatives } from './dropped-alternatives.ts'
import { allowsAnything } from './keyword-complement.ts'
import { schemaComplement } from './schema-complement.ts'
import { schemaError } from './schema-error.ts'
import { type Conjunction, listConstraints, parseSchema, type Schema } from './schema-keywords.ts'

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

/** With more branches, or with more ways to fail one of them, `oneOf` is read as `anyOf`. */
const maxExclusiveBranches = 16
const maxWaysToFail = 2

/** With more alternatives, what depends on one more name is left to the check if it adds some. */
const maxAlternativesBeforeDependency = 2
/** With more alternatives, it is left to the check without a try. */
const maxTriedAlternatives = 16

export function schemaAlternatives(root: unknown): SchemaAlternatives {
  const references = schemaReferences(root)
  /** The alternatives of one schema; undefined while they are being found. */
  const expansions = new Map<unknown, readonly Conjunction[] | undefined>()
  /** Schemas whose alternatives are being found. */
  let depth = 0
  const combine = alternativesCombiner()
  const exclude = schemaComplement({ references, expand, combine })

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
    const { allOf, anyOf, oneOf, if: condition, not = false } = schema
    let alternatives: readonly Conjunction[] = [[schema]]
    for (const target of yield* findTargets(schema, path))
      alternatives = yield* combine(alternatives, yield* expand(target, path))
    for (const part of Array.isArray(allOf) ? allOf : [])
      alternatives = yield* combine(alternatives, yield* expand(part, path))
    if (Array.isArray(anyOf))
      alternatives = yield* combine(alternatives, yield* expandBranches(anyOf, path))
    if (Array.isArray(oneOf)) alternatives = yield* combineExclusive(alternatives, oneOf, path)
    for (const [name, needed] of listDependencies(schema))
      alternatives = yield* addDependency(alternatives, yield* expandDependency(name, needed, path))
    alternatives = yield* combine(alternatives, yield* exclude(not, path))
    if (condition === undefined) return alternatives
    if ((schema.then ?? schema.else) === undefined)
      return yield* dropAlternatives(alternatives, yield* expand(condition, path))
    const [conditions, others] = [yield* expand(condition, path), yield* exclude(condition, path)]
    const holding = yield* combine(conditions, yield* expand(schema.then, path))
    const remaining = yield* combine(others, yield* expand(schema.else, path))
    const isTooMany = holding.length + remaining.length > maxAlternatives
    const add = isTooMany ? dropAlternatives : combine
    return yield* add(alternatives, [...holding, ...remaining])
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
      if (isTooMany && isJsonObject(branch))
        alternatives.push(...(yield* dropAlternatives([[branch]], expanded)))
      else alternatives.push(...expanded)
    }
    return alternatives
  }

  /**
   * Alternatives with the branches of `oneOf`, each without what others that overlap with it allow.
   * Where that leaves nothing, or too much, the branches are read as those of `anyOf`.
   */
  function* combineExclusive(
    alternatives: readonly Conjunction[],
    branches: readonly unknown[],
    path: string,
  ): Steps<readonly Conjunction[]> {
    const inclusive = yield* combine(alternatives, yield* expandBranches(branches, path))
    if (branches.length > maxExclusiveBranches || inclusive.length > maxExclusiveBranches)
      return inclusive
    const exclusive: Conjunction[] = []
    for (const branch of branches) {
      let remaining = yield* combine(alternatives, yield* expandBranches([branch], path))
      for (const otherBranch of branches) {
        if (otherBranch === branch) continue
        const others = yield* exclude(otherBranch, path)
        if (others.length > maxWaysToFail) continue
        const overlap = yield* combine(remaining, yield* expandBranches([otherBranch], path))
        if (overlap.length > 0) remaining = yield* combine(remaining, others)
      }
      exclusive.push(...remaining)
    }
    return exclusive.length > 0 && exclusive.length <= maxAlternatives ? exclusive : inclusive
  }

  function* addDependency(
    alternatives: readonly Conjunction[],
    dependency: readonly Conjunction[],
  ): Steps<readonly Conjunction[]> {
    const { length } = alternatives
    if (length > maxTriedAlternatives) return yield* dropAlternatives(alternatives, dependency)
    const combinations = yield* combine(alternatives, dependency)
    return length <= maxAlternativesBeforeDependency || combinations.length <= length
      ? combinations
      : yield* dropAlternatives(alternatives, dependency)
  }

  /** An object without a name, or one that has it and what it needs. */
  function* expandDependency(
    name: string,
    needed: unknown,
    path: string,
  ): Steps<readonly Conjunction[]> {
    const needing = yield* combine(
      [[{ type: 'object', required: [name] }]],
      yield* expand(needed, path),
    )
    const lacking = [[{ not: { type: 'object' } }], [{ type: 'object', not: { required: [name] } }]]
    return [...lacking, ...needing]
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
  return Object.keys(schema).some((keyword) => combining.has(keyword))
}

const combining: ReadonlySet<string> = new Set([...combiningKeywords, 'dependentRequired'])

/** What a schema needs of objects that have one property. */
function listDependencies(schema: Schema): readonly (readonly [name: string, needed: unknown])[] {
  const { dependentSchemas, dependentRequired, dependencies } = schema
  return [dependentSchemas, dependentRequired, dependencies]
    .flatMap((needs) => (isJsonObject(needs) ? Object.entries(needs) : []))
    .filter(([, needed]) => !allowsAnything(needed))
    .map(([name, needed]) => {
      const isNames = Array.isArray(needed) || typeof needed === 'string'
      return [name, isNames ? { required: [needed].flat() } : needed]
    })
}

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
