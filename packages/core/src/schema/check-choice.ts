import { comparisonCost, isSameJson } from './same-json.ts'
import type { StepEnds, Steps } from './steps.ts'

/** Tells whether a value is one of the choices of an `enum`. */
export type CheckChoice = (
  value: unknown,
  choices: readonly unknown[],
  stepEnds: StepEnds,
) => Steps<boolean>

interface Choices {
  readonly scalars: ReadonlySet<unknown>
  /** Lists and objects. */
  readonly others: readonly unknown[]
}

/** Makes a check that reads each list once: each of 100,000 values may be looked up in it. */
export function choiceCheck(): CheckChoice {
  const knownChoices = new Map<readonly unknown[], Choices>()

  return function* (value, choices, stepEnds) {
    let listedChoices = knownChoices.get(choices)
    if (!listedChoices) {
      listedChoices = yield* readChoices(choices, stepEnds)
      knownChoices.set(choices, listedChoices)
    }
    if (!hasMembers(value)) return listedChoices.scalars.has(value)
    const cost = comparisonCost(value)
    for (const choice of listedChoices.others) {
      if (stepEnds(cost)) yield
      if (isSameJson(value, choice)) return true
    }
    return false
  }
}

function* readChoices(choices: readonly unknown[], stepEnds: StepEnds): Steps<Choices> {
  const scalars = new Set<unknown>()
  const others: unknown[] = []
  for (const choice of choices) {
    if (stepEnds(1)) yield
    if (hasMembers(choice)) others.push(choice)
    else scalars.add(choice)
  }
  return { scalars, others }
}

function hasMembers(value: unknown): boolean {
  return typeof value === 'object' && value !== null
}
