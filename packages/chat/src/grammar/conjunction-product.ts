import { isJsonObject, type Steps, toJsonKey } from '@nano/core/driver'
import { listTypes } from './conjunction-types.ts'
import { dropAlternatives } from './dropped-alternatives.ts'
import { findExcludedMember, listNames } from './excluded-member.ts'
import type { Conjunction, Schema } from './schema-keywords.ts'

/** With more alternatives, the next combination is left to the check of the whole answer. */
export const maxAlternatives = 128

/** Schemas in one alternative; further ones are left to the check of the whole answer. */
const maxConjunction = 1_000

/** Schemas in all alternatives together, each of which is copied for one more. */
const maxMembers = 100_000

/**
 * Each of some alternatives with each of others, without those that contradict each other; the
 * first alone, with a note of the others, where that gives too many.
 */
export type Combine = (
  alternatives: readonly Conjunction[],
  otherAlternatives: readonly Conjunction[],
) => Steps<readonly Conjunction[]>

/** What combines the alternatives of the schemas in one schema. */
export function alternativesCombiner(): Combine {
  /** The properties of each schema that have `const` or `enum`, with their values. */
  const constants = new Map<Schema, ReadonlyMap<string, readonly string[]>>()

  function findConstants(schema: Schema): ReadonlyMap<string, readonly string[]> {
    const constantsByName = constants.get(schema) ?? listConstants(schema)
    constants.set(schema, constantsByName)
    return constantsByName
  }

  /** Whether no type is left, or an object alone for which there is no value of a required name. */
  function isContradiction(schemas: Conjunction): boolean {
    if (schemas.length < 2) return false
    const types = listTypes(schemas, 'open')
    if (types.length === 0) return true
    if (types.length > 1 || types[0] !== 'object') return false
    const requiredNames = new Set(schemas.flatMap(({ required }) => [...listNames(required)]))
    const possibleValues = new Map<string, readonly string[]>()
    for (const schema of schemas) {
      const excludedMember = findExcludedMember(schema)
      if (excludedMember?.schema === false && requiredNames.has(excludedMember.name)) return true
      for (const [name, values] of findConstants(schema)) {
        const sharedValues =
          possibleValues.get(name)?.filter((value) => values.includes(value)) ?? values
        if (sharedValues.length === 0 && requiredNames.has(name)) return true
        possibleValues.set(name, sharedValues)
      }
    }
    return false
  }

  return function* combine(alternatives, otherAlternatives) {
    if (isEverything(otherAlternatives)) return alternatives
    if (isEverything(alternatives)) return otherAlternatives
    const isTooMany =
      alternatives.length > 1 && alternatives.length * otherAlternatives.length > maxAlternatives
    if (isTooMany && otherAlternatives.length > 1)
      return yield* dropAlternatives(alternatives, otherAlternatives)
    const memberCount = alternatives[0]?.length ?? 0
    if (memberCount > maxConjunction || alternatives.length * memberCount > maxMembers)
      return yield* dropAlternatives(alternatives, otherAlternatives)
    const combinations: Conjunction[] = []
    for (const first of alternatives)
      for (const second of otherAlternatives) {
        yield
        const combination = first.concat(second.filter((schema) => !first.includes(schema)))
        if (!isContradiction(combination)) combinations.push(combination)
      }
    return combinations
  }
}

/** Whether the only alternative is one that any value holds to. */
function isEverything(alternatives: readonly Conjunction[]): boolean {
  return alternatives.length === 1 && alternatives[0]?.length === 0
}

/** A property with more values tells no alternatives apart. */
const maxConstants = 64

/** The properties that have `const` or `enum`, with their values. */
function listConstants({ properties }: Schema): ReadonlyMap<string, readonly string[]> {
  const constants = new Map<string, readonly string[]>()
  for (const [name, part] of Object.entries(isJsonObject(properties) ? properties : {})) {
    if (!isJsonObject(part)) continue
    const { const: constant, enum: choices } = part
    const values = constant === undefined ? choices : [constant]
    if (Array.isArray(values) && values.length <= maxConstants)
      constants.set(name, values.map(toJsonKey))
  }
  return constants
}
