import { isJsonObject } from '../schema-keywords.ts'
import { checkArray } from './check-array.ts'
import { checkChoice } from './check-choice.ts'
import { checkObject, type PartCheck } from './check-object.ts'
import { checkScalar } from './check-scalar.ts'
import {
  addFaults,
  addOutcome,
  emptyOutcome,
  type Fault,
  type Outcome,
  type Place,
} from './outcome.ts'
import { comparisonCost, isSameJson } from './same-json.ts'
import {
  combiningKeywords,
  referenceKeywords,
  schemaReferences,
  type SchemaReferences,
} from './schema-references.ts'
import { countCost, runSteps, type Steps } from './steps.ts'

type Schema = Readonly<Record<string, unknown>>

/** A schema that leads back to itself before it looks at a part of the value. */
export class EndlessReference extends Error {}

/** Finds what is wrong with a value by a schema, or by that `part` of it. */
type Validate<Result> = (value: unknown, part?: unknown) => Result
export type StepwiseValidate = Validate<Steps<readonly Fault[]>>

/**
 * Checks values against a JSON Schema of draft 2020-12, `format` included; what earlier drafts
 * wrote in another way is understood too. Unknown keywords are ignored.
 */
export function validator(root: unknown): Validate<readonly Fault[]> {
  let validateInSteps: StepwiseValidate | undefined
  return (value, part) => {
    validateInSteps ??= runSteps(stepwiseValidator(root))
    return runSteps(validateInSteps(value, part))
  }
}

/** What it costs to check a value besides its parts and the length of a text. */
const evaluationCost = 10

/** Makes the same in steps, for checks in steps: a schema or an answer may have 100,000 values. */
export function* stepwiseValidator(
  root: unknown,
  references: SchemaReferences = schemaReferences(root),
): Steps<StepwiseValidate> {
  const hasDynamicReference = yield* findDynamicReference(root)
  const combiningSchemas = new Map<Schema, boolean>()

  function combinesOthers(schema: Schema): boolean {
    const isKnown = combiningSchemas.get(schema)
    if (isKnown !== undefined) return isKnown
    const isCombining = combiningKeywords.some((keyword) => keyword in schema)
    combiningSchemas.set(schema, isCombining)
    return isCombining
  }

  return function* (value, start = root) {
    /** What each schema says of each place in the value; undefined while it is being found. */
    const outcomes = new Map<Schema, Map<string, Outcome | undefined>>()
    const stepEnds = countCost()

    function* evaluate(part: unknown, schema: unknown, outerPlace: Place): Steps<Outcome> {
      if (stepEnds(evaluationCost + (typeof part === 'string' ? part.length : 0))) yield
      if (schema === false) return faultAt(outerPlace, 'is not allowed')
      if (!isJsonObject(schema)) return emptyOutcome()
      const place = enterSchema(schema, outerPlace)
      const isCombining = combinesOthers(schema)
      const outcomesByPath = isCombining ? findOutcomes(schema) : undefined
      const key =
        place.scope.length === 0 ? place.valuePath : [place.valuePath, ...place.scope].join('\n')
      const knownOutcome = outcomesByPath?.get(key)
      if (knownOutcome) return knownOutcome
      if (outcomesByPath?.has(key)) throw new EndlessReference()
      outcomesByPath?.set(key, undefined)
      const isChoice = Array.isArray(schema.enum)
        ? yield* checkChoice(part, schema.enum, stepEnds)
        : false
      const outcome = evaluateScalar(part, schema, { place, isChoice })
      const check = { evaluate, outcome, place, stepEnds }
      if (isCombining) yield* checkCombinations(part, schema, check)
      // What no other keyword looked at is known last.
      if (isJsonObject(part)) yield* checkObject(part, schema, check)
      if (Array.isArray(part)) yield* checkArray(part, schema, check)
      outcomesByPath?.set(key, outcome)
      return outcome
    }

    function findOutcomes(schema: Schema): Map<string, Outcome | undefined> {
      const outcomesByPath = outcomes.get(schema) ?? new Map<string, Outcome | undefined>()
      outcomes.set(schema, outcomesByPath)
      return outcomesByPath
    }

    /** The place with the resource of the schema, which matters to dynamic references alone. */
    function enterSchema(schema: Schema, place: Place): Place {
      if (!hasDynamicReference) return place
      const resource = references.findResource(schema)
      return place.scope.includes(resource)
        ? place
        : { ...place, scope: [...place.scope, resource] }
    }

    function* checkCombinations(part: unknown, schema: Schema, check: PartCheck): Steps<void> {
      const { outcome, place } = check
      const { allOf, anyOf, oneOf, not } = schema
      const inside = (keyword: string) => placeInside(place, keyword)
      for (const keyword of referenceKeywords) {
        if (typeof schema[keyword] !== 'string') continue
        const target = references.find(schema, keyword, place.scope)
        addOutcome(outcome, yield* evaluate(part, target, inside(keyword)))
      }
      if (Array.isArray(allOf))
        for (const [index, branch] of allOf.entries())
          addOutcome(outcome, yield* evaluate(part, branch, inside(`allOf/${index}`)))
      if (Array.isArray(anyOf)) yield* checkBranches(part, anyOf, { ...check, keyword: 'anyOf' })
      if (Array.isArray(oneOf)) yield* checkBranches(part, oneOf, { ...check, keyword: 'oneOf' })
      if (not !== undefined && (yield* evaluate(part, not, inside('not'))).faults.length === 0)
        addFaults(outcome, [{ ...inside('not'), problem: 'matches the schema that not excludes' }])
      if (schema.if === undefined) return
      const condition = yield* evaluate(part, schema.if, inside('if'))
      const isConditionMet = condition.faults.length === 0
      if (isConditionMet) addOutcome(outcome, condition)
      const consequence = isConditionMet ? 'then' : 'else'
      if (schema[consequence] !== undefined)
        addOutcome(outcome, yield* evaluate(part, schema[consequence], inside(consequence)))
    }

    const place = { valuePath: '', schemaPath: '#', scope: [] }
    return (yield* evaluate(value, start, place)).faults
  }
}

/** What the keywords that look at no part of a value say of it. */
function evaluateScalar(
  value: unknown,
  schema: Schema,
  { place, isChoice }: { readonly place: Place; readonly isChoice: boolean },
): Outcome {
  const outcome = emptyOutcome()
  for (const [keyword, problem] of checkScalar(value, schema, isChoice))
    addFaults(outcome, [{ ...placeInside(place, keyword), problem }])
  return outcome
}

/** Checks that a value holds to one of the schemas of a keyword, or to exactly one. */
function* checkBranches(
  value: unknown,
  branches: readonly unknown[],
  {
    evaluate,
    outcome,
    place,
    stepEnds,
    keyword,
  }: PartCheck & { readonly keyword: 'anyOf' | 'oneOf' },
): Steps<void> {
  const addFault = (problem: string) =>
    addFaults(outcome, [{ ...placeInside(place, keyword), problem }])
  const evaluateBranch = (index: number) =>
    evaluate(value, branches[index], placeInside(place, `${keyword}/${index}`))

  const cost = evaluationCost + comparisonCost(value)
  const holding: Outcome[] = []
  let closest = { index: 0, faultCount: Infinity }
  for (const [index, branch] of branches.entries()) {
    const isOther = isOtherConstant(value, branch)
    if (isOther && stepEnds(cost)) yield
    const branchOutcome = isOther ? otherConstant : yield* evaluateBranch(index)
    const faultCount = branchOutcome.faults.length
    if (faultCount === 0) holding.push(branchOutcome)
    if (faultCount < closest.faultCount) closest = { index, faultCount }
  }
  if (holding.length === 0) {
    addFault(`matches no schema of ${keyword}`)
    addFaults(outcome, (yield* evaluateBranch(closest.index)).faults)
  } else if (keyword === 'oneOf' && holding.length > 1) addFault('matches several schemas of oneOf')
  else for (const branch of holding) addOutcome(outcome, branch)
}

function placeInside(place: Place, keyword: string): Place {
  return { ...place, schemaPath: `${place.schemaPath}/${keyword}` }
}

/** What a branch with another constant says, as far as it counts: a list may have 100,000. */
const otherConstant = faultAt({ valuePath: '', schemaPath: '', scope: [] }, 'is another constant')

function isOtherConstant(value: unknown, branch: unknown): boolean {
  if (!isJsonObject(branch)) return false
  const { const: constant } = branch
  return constant !== undefined && !isSameJson(value, constant)
}

/** Whether a schema may have a dynamic reference: most have none, and need no scope. */
function* findDynamicReference(root: unknown): Steps<boolean> {
  const pending = [root]
  const seen = new Set<unknown>()
  const stepEnds = countCost()
  while (pending.length > 0) {
    const value = pending.pop()
    if (typeof value !== 'object' || value === null || seen.has(value)) continue
    seen.add(value)
    if ('$dynamicRef' in value) return true
    for (const member of Object.values(value)) {
      pending.push(member)
      if (stepEnds(1)) yield
    }
    if (stepEnds(5)) yield
  }
  return false
}

function faultAt(place: Place, problem: string): Outcome {
  const outcome = emptyOutcome()
  addFaults(outcome, [{ ...place, problem }])
  return outcome
}
