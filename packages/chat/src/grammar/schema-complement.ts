import type { schemaReferences, Steps } from '@nano/core/driver'
import { type Combine, maxAlternatives } from './conjunction-product.ts'
import {
  excludeMembers,
  excludeNames,
  excludeOfType,
  everything,
  dropCovered,
} from './keyword-complement.ts'
import { type Conjunction, listConstraints, parseSchema, type Schema } from './schema-keywords.ts'

interface ComplementOptions {
  readonly references: ReturnType<typeof schemaReferences>
  /** Finds the conjunctions of what a schema allows. */
  readonly expand: FindAlternatives
  readonly combine: Combine
}

type FindAlternatives = (schema: unknown, path: string) => Steps<readonly Conjunction[]>

/** Schemas that lead from one to the next; what lies deeper is left to the check. */
const maxDepth = 100

/**
 * Finds conjunctions one of which holds for every value that a schema does not allow. They allow
 * more where the contrary of a keyword cannot be said: all values of the type that the keyword is
 * for.
 */
export function schemaComplement({
  references,
  expand,
  combine,
}: ComplementOptions): FindAlternatives {
  /** What was found; undefined while it is being found. */
  const complements = new Map<Schema, readonly Conjunction[] | undefined>()
  let depth = 0

  function* exclude(value: unknown, path: string): Steps<readonly Conjunction[]> {
    if (value === true || value === undefined) return []
    if (value === false || depth === maxDepth) return everything
    yield
    const schema = parseSchema(value, path)
    if (complements.has(schema)) return complements.get(schema) ?? everything
    complements.set(schema, undefined)
    depth += 1
    const alternatives = new Set<Conjunction>()
    for (const keyword of listConstraints(schema))
      for (const alternative of yield* excludeKeyword(schema, keyword, path))
        alternatives.add(alternative)
    depth -= 1
    const complement = dropCovered([...alternatives])
    complements.set(schema, complement)
    return complement
  }

  function* excludeKeyword(
    schema: Schema,
    keyword: string,
    path: string,
  ): Steps<readonly Conjunction[]> {
    const { [keyword]: value } = schema
    switch (keyword) {
      case '$ref':
        yield* references.read()
        return yield* exclude(references.find(schema, keyword) ?? false, path)
      case 'not':
        return yield* expand(value, path)
      case 'allOf':
        return yield* excludeOne(value, path)
      case 'anyOf':
        return yield* excludeEach(value, path)
      case 'if':
        return [
          ...(yield* combine(yield* expand(value, path), yield* exclude(schema.then, path))),
          ...(yield* combine(yield* exclude(value, path), yield* exclude(schema.else, path))),
        ]
      case 'type':
      case 'const':
      case 'enum':
        return [[{ not: { [keyword]: value } }]]
      case 'properties':
        return excludeMembers(schema)
      case 'required':
        return excludeNames(schema)
      default:
        return excludeOfType(schema, keyword)
    }
  }

  /** Values that do not hold to one of some schemas. */
  function* excludeOne(schemas: unknown, path: string): Steps<readonly Conjunction[]> {
    const alternatives: Conjunction[] = []
    for (const schema of Array.isArray(schemas) ? schemas : []) {
      alternatives.push(...(yield* exclude(schema, path)))
      if (alternatives.length > maxAlternatives) return everything
    }
    return alternatives
  }

  /** Values that hold to none of some schemas, of which the first count. */
  function* excludeEach(schemas: unknown, path: string): Steps<readonly Conjunction[]> {
    let alternatives = everything
    for (const schema of Array.isArray(schemas) ? schemas.slice(0, maxAlternatives) : [])
      alternatives = yield* combine(alternatives, yield* exclude(schema, path))
    return alternatives
  }

  return exclude
}
