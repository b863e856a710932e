import {
  constrainingKeywords,
  isJsonObject,
  referenceKeywords,
  schemaReferences,
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
  of(schemas: readonly unknown[], path: string): readonly Conjunction[]
  /** The schema that a schema with nothing but a reference stands for. */
  followReference(schema: unknown, path: string): unknown
}

/** With more alternatives, the next combination is left to the check of the whole answer. */
const maxAlternatives = 128

export function schemaAlternatives(root: unknown): SchemaAlternatives {
  const references = schemaReferences(root)
  /** The alternatives of one schema; undefined while they are being found. */
  const expansions = new Map<Schema, readonly Conjunction[] | undefined>()

  function expand(value: unknown, path: string): readonly Conjunction[] {
    if (value === true || value === undefined) return [[]]
    if (value === false) return []
    const schema = parseSchema(value, path)
    const expansion = expansions.get(schema)
    if (expansion) return expansion
    if (expansions.has(schema)) throw circleError(path)
    expansions.set(schema, undefined)
    const alternatives = expandKeywords(schema, path)
    expansions.set(schema, alternatives)
    return alternatives
  }

  function expandKeywords(schema: Schema, path: string): readonly Conjunction[] {
    const { allOf, anyOf, oneOf, if: condition, not } = schema
    if (not === true || (isJsonObject(not) && Object.keys(not).length === 0)) return []
    let alternatives: readonly Conjunction[] = [[schema]]
    for (const keyword of referenceKeywords)
      if (schema[keyword] !== undefined)
        alternatives = combine(alternatives, expand(findTarget(schema, keyword, path), path))
    for (const part of Array.isArray(allOf) ? allOf : [])
      alternatives = combine(alternatives, expand(part, path))
    for (const branches of [anyOf, oneOf])
      if (Array.isArray(branches))
        alternatives = combine(alternatives, expandBranches(branches, path))
    for (const dependent of listDependentSchemas(schema))
      alternatives = combine(alternatives, [[], ...expand(dependent, path)])
    if (condition === undefined || (schema.then ?? schema.else) === undefined) return alternatives
    const holding = combine(expand(condition, path), expand(schema.then, path))
    return combine(alternatives, [...holding, ...expand(schema.else, path)])
  }

  function expandBranches(branches: readonly unknown[], path: string): readonly Conjunction[] {
    const alternatives: Conjunction[] = []
    for (const [index, branch] of branches.entries()) {
      const expanded = expand(branch, `${path}-${index + 1}`)
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

  function followReference(value: unknown, path: string): unknown {
    const passedSchemas = new Set<unknown>()
    let schema = value
    while (isJsonObject(schema)) {
      const keywords = listConstraints(schema)
      const keyword = referenceKeywords.find((name) => name === keywords[0])
      if (keyword === undefined || keywords.length > 1) break
      if (passedSchemas.has(schema)) throw circleError(path)
      passedSchemas.add(schema)
      schema = findTarget(schema, keyword, path)
    }
    return schema
  }

  return {
    of: (schemas, path) =>
      schemas.reduce<readonly Conjunction[]>(
        (alternatives, schema) => combine(alternatives, expand(schema, path)),
        [[]],
      ),
    followReference,
  }
}

/** What a schema says of objects that have one property. */
function listDependentSchemas({ dependentSchemas, dependencies }: Schema): readonly unknown[] {
  return [dependentSchemas, dependencies]
    .flatMap((schemas) => (isJsonObject(schemas) ? Object.values(schemas) : []))
    .filter(isJsonObject)
}

/** Each of some alternatives with each of others; the first alone where that gives too many. */
function combine(
  alternatives: readonly Conjunction[],
  otherAlternatives: readonly Conjunction[],
): readonly Conjunction[] {
  const [only] = otherAlternatives
  if (only?.length === 0 && otherAlternatives.length === 1) return alternatives
  const isTooMany =
    alternatives.length > 1 && alternatives.length * otherAlternatives.length > maxAlternatives
  if (isTooMany && otherAlternatives.length > 1) return alternatives
  return alternatives.flatMap((first) =>
    otherAlternatives.map((other) => [...new Set([...first, ...other])]),
  )
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
