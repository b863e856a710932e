import { hasType, isJsonObject, runSteps, schemaTypes, type Steps } from '@nano/core/driver'
import { anyOfType, anyValueRule } from './any-value.ts'
import { listTypes, type Reading } from './conjunction-types.ts'
import { hasValues, valueFinder } from './conjunction-values.ts'
import { arrayBody } from './container-rules.ts'
import { eitherDefined, type GrammarBuilder } from './grammar-builder.ts'
import { estimateCost, valueShare } from './grammar-cost.ts'
import { allowsAnything } from './keyword-complement.ts'
import { objectBody } from './object-rules.ts'
import { constantBody, numberBody, stringBody } from './scalar-rules.ts'
import { circleError, hasReference, schemaAlternatives } from './schema-alternatives.ts'
import { schemaError } from './schema-error.ts'
import { type Conjunction, listConstraints, parseSchema } from './schema-keywords.ts'
import { placePath, type ScalarBody, type SchemaNode, schemaNodes } from './schema-nodes.ts'
import { valuesBody } from './value-rules.ts'

/** The values that are read in one step. */
const stepLength = 500

/** Where a value may begin in more ways, the types decide: llama.cpp compares each with each. */
const maxAlternatives = 1_000

interface SchemaRuleOptions {
  readonly reading?: Reading
  /** What the references of the schema lead into, where it is a part of another. */
  readonly definitions?: unknown
}

/**
 * The rule for JSON that satisfies a schema. It holds every value that the schema allows, but for
 * what `reading` closes and for the order of names; where no grammar can express a keyword, it
 * holds more, and the check of the whole answer decides. Throws `invalid-request` for a schema that
 * is none, or that no value satisfies.
 */
export function schemaRule(
  grammar: GrammarBuilder,
  root: unknown,
  options: SchemaRuleOptions = {},
): string {
  return runSteps(schemaRuleSteps(grammar, root, options))
}

/** The same in steps. */
export function* schemaRuleSteps(
  grammar: GrammarBuilder,
  root: unknown,
  { reading = 'closed', definitions = root }: SchemaRuleOptions = {},
): Steps<string> {
  const alternatives = schemaAlternatives(definitions)
  const findValues = valueFinder(definitions)
  const nodes = schemaNodes(grammar)

  /** The rule for what holds to all of some schemas; undefined where nothing does. */
  function* addSchemas(
    schemas: readonly unknown[],
    step: string,
    from?: SchemaNode,
  ): Steps<string | undefined> {
    const path = placePath({ from, step })
    const parts = new Set<unknown>()
    for (const schema of schemas)
      parts.add(hasReference(schema) ? yield* alternatives.followReference(schema, path) : schema)
    if (parts.has(false)) return undefined
    parts.delete(true)
    parts.delete(undefined)
    const parsedSchemas = Array.from(parts, (part) => parseSchema(part, path))
    return parsedSchemas.every((schema) => listConstraints(schema).length === 0)
      ? anyValueRule(grammar)
      : yield* nodes.add(parsedSchemas, { from, step }, () => buildScalar(parsedSchemas, path))
  }

  /** The body of a rule without other schemas in it; undefined where it is no such. */
  function* buildScalar(schemas: Conjunction, path: string): Steps<ScalarBody | undefined> {
    const branches = findBranches(schemas)
    const constants = branches && (yield* listConstants(branches))
    if (constants) return { body: yield* valuesBody(grammar, constants) }
    if (branches) return undefined
    const conjunctions = yield* alternatives.of(schemas, path)
    const [only] = conjunctions
    if (!only || conjunctions.length > 1) return undefined
    if (hasValues(only)) return { body: yield* valuesBody(grammar, yield* findValues(only)) }
    const types = listTypes(only, reading)
    if (types.some((type) => type === 'object' || type === 'array')) return undefined
    const hasRoom = grammar.fits(0, valueShare)
    const bodies = types.map((type) =>
      hasRoom ? widenLarge(type, scalarBody(type, only), valueShare) : anyOfType(grammar, type),
    )
    return { body: eitherDefined(bodies) }
  }

  function* buildNode(node: SchemaNode): Steps<string | undefined> {
    const { schemas, path } = node
    const branches = findBranches(schemas)
    const isTooMany = (count: number) => node.alternativeCount * count > maxAlternatives
    if (!grammar.fits()) return yield* typesBody(yield* alternatives.of(schemas, path))
    if (branches && !isTooMany(branches.length))
      return eitherDefined(yield* branchBodies(node, branches))
    const conjunctions = yield* alternatives.of(schemas, path)
    const constantConjunctions = conjunctions.filter(hasValues)
    if (isTooMany(conjunctions.length - constantConjunctions.length))
      return yield* typesBody(conjunctions)
    const constants: unknown[] = []
    for (const conjunction of constantConjunctions)
      for (const value of yield* findValues(conjunction, conjunctions.length)) constants.push(value)
    const bodies = constants.length > 0 ? [yield* valuesBody(grammar, constants)] : []
    for (const conjunction of conjunctions) {
      if (hasValues(conjunction)) continue
      for (const type of listTypes(conjunction, reading)) {
        const body = yield* buildType(type, conjunction, node)
        yield
        bodies.push(widenLarge(type, body))
      }
    }
    return eitherDefined(bodies)
  }

  /** Anything of the types that some alternatives allow. */
  function* typesBody(conjunctions: readonly Conjunction[]): Steps<string | undefined> {
    const types = new Set<string>()
    for (const conjunction of conjunctions) {
      yield
      for (const type of listTypes(conjunction, reading)) types.add(type)
    }
    return eitherDefined(Array.from(types, (type) => anyOfType(grammar, type)))
  }

  /** Anything of a type in place of a body that is too large for the grammar. */
  function widenLarge(type: string, body: string | undefined, share?: number): string | undefined {
    const fits = body === undefined || grammar.fits(estimateCost(body), share)
    return fits ? body : anyOfType(grammar, type)
  }

  function* branchBodies(
    node: SchemaNode,
    branches: readonly unknown[],
  ): Steps<readonly (string | undefined)[]> {
    const names: (string | undefined)[] = []
    for (const [index, branch] of branches.entries()) {
      const name = yield* addSchemas([branch], String(index + 1), node)
      if (name !== undefined) nodes.addFirstNode(node, name, branches.length)
      names.push(name)
      yield
    }
    return names
  }

  function* buildType(
    type: string,
    schemas: Conjunction,
    node: SchemaNode,
  ): Steps<string | undefined> {
    const context = {
      grammar,
      reading,
      stem: node.name,
      addSchemas: (parts: readonly unknown[], step: string) => addSchemas(parts, step, node),
    }
    if (type === 'object') return yield* objectBody(context, schemas)
    if (type === 'array') return yield* arrayBody(context, schemas)
    return scalarBody(type, schemas)
  }

  function scalarBody(type: string, schemas: Conjunction): string | undefined {
    if (type === 'string') return stringBody(grammar, schemas)
    if (type === 'integer' || type === 'number') return numberBody(schemas, type)
    return constantBody(type === 'boolean' ? [true, false] : [null], schemas)
  }

  const name = yield* addSchemas([root], 'value')
  const circle = yield* nodes.build(buildNode)
  if (circle) throw circleError(circle.path)
  if (name !== undefined && nodes.isPossible(name)) return name
  throw schemaError('invalid-request', 'value', 'allows no value: its keywords contradict')
}

/** The branches of a schema that has nothing else, unless one of `oneOf` leaves no other. */
function findBranches(schemas: Conjunction): readonly unknown[] | undefined {
  const [only] = schemas
  if (!only || schemas.length > 1) return undefined
  const { anyOf, oneOf } = only
  const branches = anyOf ?? oneOf
  if (!Array.isArray(branches) || listConstraints(only).length > 1) return undefined
  return branches === oneOf && branches.some(allowsAnything) ? undefined : branches
}

/**
 * The values of branches each of which allows one, and may name its type; undefined where one says
 * anything else.
 */
function* listConstants(branches: readonly unknown[]): Steps<readonly unknown[] | undefined> {
  const values: unknown[] = []
  for (const branch of branches) {
    if (!isJsonObject(branch) || branch.const === undefined) return undefined
    const { const: value, type } = branch
    if (listConstraints(branch).some((keyword) => keyword !== 'const' && keyword !== 'type'))
      return undefined
    const names = type === undefined ? [] : [type].flat()
    if (names.some((name) => !schemaTypes.includes(String(name)))) return undefined
    if (names.length === 0 || names.some((name) => hasType(value, name))) values.push(value)
    if (values.length % stepLength === 0) yield
  }
  return values
}
