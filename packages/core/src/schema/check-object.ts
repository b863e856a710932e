import { isJsonObject } from '../schema-keywords.ts'
import { findMatcher } from './check-scalar.ts'
import {
  addFaults,
  addName,
  addOutcome,
  type Evaluate,
  type Outcome,
  type Place,
} from './outcome.ts'
import type { Steps } from './steps.ts'
import { escapePointer } from './subschemas.ts'

type Schema = Readonly<Record<string, unknown>>

/** A check of the parts of a value. */
export interface PartCheck {
  readonly evaluate: Evaluate
  /** What the schema says of the value; the check adds to it. */
  readonly outcome: Outcome
  readonly place: Place
}

/** Checks the members of an object. */
export function* checkObject(value: Schema, schema: Schema, check: PartCheck): Steps<void> {
  const { evaluate, outcome, place } = check
  const { required, minProperties, maxProperties, propertyNames, unevaluatedProperties } = schema
  const names = Object.keys(value)
  const addFault = (keyword: string, problem: string) =>
    addFaults(outcome, [{ ...place, schemaPath: `${place.schemaPath}/${keyword}`, problem }])

  if (Array.isArray(required))
    for (const name of required)
      if (!Object.hasOwn(value, String(name))) addFault('required', `lacks ${JSON.stringify(name)}`)
  if (typeof minProperties === 'number' && names.length < minProperties)
    addFault('minProperties', `has fewer than ${minProperties} properties`)
  if (typeof maxProperties === 'number' && names.length > maxProperties)
    addFault('maxProperties', `has more than ${maxProperties} properties`)
  if (propertyNames !== undefined)
    for (const name of names) {
      const schemaPath = `${place.schemaPath}/propertyNames`
      const valuePath = `${place.valuePath}/${escapePointer(name)} (its name)`
      const nameOutcome = yield* evaluate(name, propertyNames, { ...place, valuePath, schemaPath })
      addFaults(outcome, nameOutcome.faults)
    }
  yield* checkDependencies(value, schema, check)

  function* checkMember(name: string, keyword: string, memberSchema: unknown): Steps<void> {
    addName(outcome, name)
    const member = yield* evaluate(value[name], memberSchema, {
      ...place,
      valuePath: `${place.valuePath}/${escapePointer(name)}`,
      schemaPath: `${place.schemaPath}/${keyword}`,
    })
    addFaults(outcome, member.faults)
  }
  for (const name of names) {
    const described = describeMember(schema, name)
    for (const [keyword, memberSchema] of described) yield* checkMember(name, keyword, memberSchema)
    if (described.length === 0 && schema.additionalProperties !== undefined)
      yield* checkMember(name, 'additionalProperties', schema.additionalProperties)
  }
  if (unevaluatedProperties !== undefined)
    for (const name of names)
      if (!outcome.seenNames?.has(name))
        yield* checkMember(name, 'unevaluatedProperties', unevaluatedProperties)
}

/** The schemas of one property, by `properties` and `patternProperties`, with their keywords. */
export function describeMember(
  { properties, patternProperties }: Schema,
  name: string,
): readonly (readonly [keyword: string, schema: unknown])[] {
  const described: (readonly [string, unknown])[] = []
  if (isJsonObject(properties) && Object.hasOwn(properties, name))
    described.push([`properties/${escapePointer(name)}`, properties[name]])
  if (isJsonObject(patternProperties))
    for (const [pattern, schema] of Object.entries(patternProperties))
      if (findMatcher(pattern)?.(name))
        described.push([`patternProperties/${escapePointer(pattern)}`, schema])
  return described
}

function* checkDependencies(
  value: Schema,
  schema: Schema,
  { evaluate, outcome, place }: PartCheck,
): Steps<void> {
  for (const keyword of ['dependentRequired', 'dependentSchemas', 'dependencies']) {
    const dependencies = schema[keyword]
    if (!isJsonObject(dependencies)) continue
    for (const [name, needed] of Object.entries(dependencies)) {
      if (!Object.hasOwn(value, name)) continue
      if (isJsonObject(needed) || typeof needed === 'boolean') {
        const schemaPath = `${place.schemaPath}/${keyword}/${escapePointer(name)}`
        addOutcome(outcome, yield* evaluate(value, needed, { ...place, schemaPath }))
        continue
      }
      const missing = [needed].flat().find((name) => !Object.hasOwn(value, String(name)))
      if (missing !== undefined)
        addFaults(outcome, [
          {
            ...place,
            schemaPath: `${place.schemaPath}/${keyword}`,
            problem: `has ${JSON.stringify(name)}, and lacks ${JSON.stringify(missing)}`,
          },
        ])
    }
  }
}
