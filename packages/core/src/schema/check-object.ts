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
import { countCost, runSteps, type StepEnds, type Steps } from './steps.ts'
import { escapePointer } from './subschemas.ts'

type Schema = Readonly<Record<string, unknown>>

/** A check of the parts of a value. */
export interface PartCheck {
  readonly evaluate: Evaluate
  /** What the schema says of the value; the check adds to it. */
  readonly outcome: Outcome
  readonly place: Place
  readonly stepEnds: StepEnds
}

/** What it costs to look up a name, and to match one with a pattern besides its length. */
const lookupCost = 5
const matchCost = 10

/** Checks the members of an object. */
export function* checkObject(value: Schema, schema: Schema, check: PartCheck): Steps<void> {
  const { evaluate, outcome, place, stepEnds } = check
  const { required, minProperties, maxProperties, propertyNames, unevaluatedProperties } = schema
  const names = Object.keys(value)
  const addFault = (keyword: string, problem: string) =>
    addFaults(outcome, [{ ...place, schemaPath: `${place.schemaPath}/${keyword}`, problem }])

  if (Array.isArray(required))
    for (const name of required) {
      if (stepEnds(lookupCost)) yield
      if (!Object.hasOwn(value, String(name))) addFault('required', `lacks ${JSON.stringify(name)}`)
    }
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
  const patterns = listPatterns(schema)
  for (const name of names) {
    if (stepEnds(lookupCost)) yield
    const described = describeProperty(schema, name)
    if (patterns.length > 0) described.push(...(yield* matchPatterns(patterns, name, stepEnds)))
    for (const [keyword, memberSchema] of described) yield* checkMember(name, keyword, memberSchema)
    if (described.length === 0 && schema.additionalProperties !== undefined)
      yield* checkMember(name, 'additionalProperties', schema.additionalProperties)
  }
  if (unevaluatedProperties !== undefined)
    for (const name of names) {
      if (stepEnds(lookupCost)) yield
      if (!outcome.seenNames?.has(name))
        yield* checkMember(name, 'unevaluatedProperties', unevaluatedProperties)
    }
}

/** A schema of a property, and where it stands. */
type Description = readonly [keyword: string, schema: unknown]

/** The schemas of one property, by `properties` and `patternProperties`, with their keywords. */
export function describeMember(
  schema: Schema,
  name: string,
): readonly (readonly [keyword: string, schema: unknown])[] {
  const matches = runSteps(matchPatterns(listPatterns(schema), name, countCost()))
  return [...describeProperty(schema, name), ...matches]
}

function describeProperty({ properties }: Schema, name: string): Description[] {
  return isJsonObject(properties) && Object.hasOwn(properties, name)
    ? [[`properties/${escapePointer(name)}`, properties[name]]]
    : []
}

function listPatterns({ patternProperties }: Schema): readonly Description[] {
  return isJsonObject(patternProperties) ? Object.entries(patternProperties) : []
}

/** The schemas of the patterns that a name matches, of 1,000 perhaps. */
function* matchPatterns(
  patterns: readonly Description[],
  name: string,
  stepEnds: StepEnds,
): Steps<readonly Description[]> {
  const matches: Description[] = []
  for (const [pattern, schema] of patterns) {
    if (stepEnds(matchCost + name.length)) yield
    if (findMatcher(pattern)?.(name))
      matches.push([`patternProperties/${escapePointer(pattern)}`, schema])
  }
  return matches
}

function* checkDependencies(
  value: Schema,
  schema: Schema,
  { evaluate, outcome, place, stepEnds }: PartCheck,
): Steps<void> {
  function* findMissing(names: readonly unknown[]): Steps<unknown> {
    for (const name of names) {
      if (stepEnds(lookupCost)) yield
      if (!Object.hasOwn(value, String(name))) return name
    }
    return undefined
  }

  for (const keyword of ['dependentRequired', 'dependentSchemas', 'dependencies']) {
    const dependencies = schema[keyword]
    if (!isJsonObject(dependencies)) continue
    for (const [name, needed] of Object.entries(dependencies)) {
      if (stepEnds(lookupCost)) yield
      if (!Object.hasOwn(value, name)) continue
      if (isJsonObject(needed) || typeof needed === 'boolean') {
        const schemaPath = `${place.schemaPath}/${keyword}/${escapePointer(name)}`
        addOutcome(outcome, yield* evaluate(value, needed, { ...place, schemaPath }))
        continue
      }
      const missing = yield* findMissing([needed].flat())
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
