import { isJsonObject } from '../schema-keywords.ts'
import { checkArray } from './check-array.ts'
import { checkObject } from './check-object.ts'
import { checkScalar } from './check-scalar.ts'
import {
  addFaults,
  addOutcome,
  emptyOutcome,
  type Evaluate,
  type Fault,
  type Outcome,
  type Place,
} from './outcome.ts'
import { isSameJson } from './same-json.ts'
import {
  combiningKeywords,
  referenceKeywords,
  schemaReferences,
  type SchemaReferences,
} from './schema-references.ts'

type Schema = Readonly<Record<string, unknown>>

/** A schema that leads back to itself before it looks at a part of the value. */
export class EndlessReference extends Error {}

/**
 * Checks values against a JSON Schema of draft 2020-12, `format` included; what earlier drafts
 * wrote in another way is understood too. Unknown keywords are ignored. With `part`, the value is
 * checked against that part of the schema.
 */
export function validator(
  root: unknown,
  references: SchemaReferences = schemaReferences(root),
): (value: unknown, part?: unknown) => readonly Fault[] {
  /** Found with the first value: of a large schema, it takes some milliseconds. */
  let hasDynamicReference: boolean | undefined

  return (value, start = root) => {
    /** What each schema says of each place in the value; undefined while it is being found. */
    const outcomes = new Map<Schema, Map<string, Outcome | undefined>>()

    const evaluate: Evaluate = (part, schema, outerPlace) => {
      if (schema === false) return faultAt(outerPlace, 'is not allowed')
      if (!isJsonObject(schema)) return emptyOutcome()
      const place = enterSchema(schema, outerPlace)
      if (!combiningKeywords.some((keyword) => keyword in schema))
        return evaluateKeywords(part, schema, place)
      const outcomesByPath = outcomes.get(schema) ?? new Map<string, Outcome | undefined>()
      outcomes.set(schema, outcomesByPath)
      const key = [place.valuePath, ...place.scope].join('\n')
      const outcome = outcomesByPath.get(key)
      if (outcome) return outcome
      if (outcomesByPath.has(key)) throw new EndlessReference()
      outcomesByPath.set(key, undefined)
      const outcomeOfKeywords = evaluateKeywords(part, schema, place)
      outcomesByPath.set(key, outcomeOfKeywords)
      return outcomeOfKeywords
    }

    /** The place with the resource of the schema, which matters to dynamic references alone. */
    function enterSchema(schema: Schema, place: Place): Place {
      hasDynamicReference ??= mayHaveDynamicReference(root)
      if (!hasDynamicReference) return place
      const resource = references.findResource(schema)
      return place.scope.includes(resource)
        ? place
        : { ...place, scope: [...place.scope, resource] }
    }

    function evaluateKeywords(part: unknown, schema: Schema, place: Place): Outcome {
      const outcome = emptyOutcome()
      const inside = (keyword: string) => ({
        ...place,
        schemaPath: `${place.schemaPath}/${keyword}`,
      })
      for (const [keyword, problem] of checkScalar(part, schema))
        addFaults(outcome, [{ ...inside(keyword), problem }])
      for (const keyword of referenceKeywords)
        if (typeof schema[keyword] === 'string')
          addOutcome(
            outcome,
            evaluate(part, references.find(schema, keyword, place.scope), inside(keyword)),
          )
      checkCombinations(part, schema, outcome)
      // What no other keyword looked at is known last.
      if (isJsonObject(part)) checkObject(part, schema, { evaluate, outcome, place })
      if (Array.isArray(part)) checkArray(part, schema, { evaluate, outcome, place })
      return outcome

      function checkCombinations(whole: unknown, parts: Schema, result: Outcome): void {
        const { allOf, anyOf, oneOf, not } = parts
        if (Array.isArray(allOf))
          for (const [index, each] of allOf.entries())
            addOutcome(result, evaluate(whole, each, inside(`allOf/${index}`)))
        for (const [keyword, branches] of Object.entries({ anyOf, oneOf })) {
          if (!Array.isArray(branches)) continue
          const evaluateBranch = (index: number) =>
            evaluate(whole, branches[index], inside(`${keyword}/${index}`))
          const branchOutcomes = branches.map((branch, index) =>
            isOtherConstant(whole, branch) ? otherConstant : evaluateBranch(index),
          )
          const holding = branchOutcomes.filter(({ faults }) => faults.length === 0)
          if (holding.length === 0) {
            const counts = branchOutcomes.map(({ faults }) => faults.length)
            const minCount = counts.reduce((min, count) => Math.min(min, count), Infinity)
            addFaults(result, [{ ...inside(keyword), problem: `matches no schema of ${keyword}` }])
            addFaults(result, evaluateBranch(counts.indexOf(minCount)).faults)
          } else if (keyword === 'oneOf' && holding.length > 1)
            addFaults(result, [{ ...inside(keyword), problem: 'matches several schemas of oneOf' }])
          else for (const branch of holding) addOutcome(result, branch)
        }
        if (not !== undefined && evaluate(whole, not, inside('not')).faults.length === 0)
          addFaults(result, [{ ...inside('not'), problem: 'matches the schema that not excludes' }])
        if (parts.if === undefined) return
        const condition = evaluate(whole, parts.if, inside('if'))
        const isConditionMet = condition.faults.length === 0
        if (isConditionMet) addOutcome(result, condition)
        const consequence = isConditionMet ? 'then' : 'else'
        if (parts[consequence] !== undefined)
          addOutcome(result, evaluate(whole, parts[consequence], inside(consequence)))
      }
    }

    return evaluate(value, start, { valuePath: '', schemaPath: '#', scope: [] }).faults
  }
}

/** What a branch with another constant says, as far as it counts: a list may have 100,000. */
const otherConstant = faultAt({ valuePath: '', schemaPath: '', scope: [] }, 'is another constant')

function isOtherConstant(value: unknown, branch: unknown): boolean {
  if (!isJsonObject(branch)) return false
  const { const: constant } = branch
  return constant !== undefined && !isSameJson(value, constant)
}

/** Most schemas have none, and need no scope. */
function mayHaveDynamicReference(root: unknown): boolean {
  try {
    return JSON.stringify(root)?.includes('"$dynamicRef"') === true
  } catch {
    // It is deeper than the stack.
    return true
  }
}

function faultAt(place: Place, problem: string): Outcome {
  const outcome = emptyOutcome()
  addFaults(outcome, [{ ...place, problem }])
  return outcome
}
