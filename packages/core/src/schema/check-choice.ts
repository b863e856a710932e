import { comparisonCost, isSameJson } from './same-json.ts'
import { countCost, type StepEnds, type Steps } from './steps.ts'

interface Choices {
  readonly scalars: ReadonlySet<unknown>
  /** Lists and objects. */
  readonly others: readonly unknown[]
}

/** Each list is read once: each of 100,000 values may be looked up in it. */
const choicesByList = new WeakMap<readonly unknown[], Choices>()

/** Tells whether a value is one of the choices of an `enum`. */
export function* checkChoice(
  value: unknown,
  choices: readonly unknown[],
  stepEnds: StepEnds,
): Steps<boolean> {
  const { scalars, others } = yield* readChoices(choices)
  if (!hasMembers(value)) return scalars.has(value)
  const cost = comparisonCost(value)
  for (const choice of others) {
    if (stepEnds(cost)) yield
    if (isSameJson(value, choice)) return true
  }
  return false
}

/** Reads the choices of an `enum`, which the first value would otherwise wait for. */
export function* readChoices(choices: readonly unknown[]): Steps<Choices> {
  const existingChoices = choicesByList.get(choices)
  if (existingChoices) return existingChoices
  const stepEnds = countCost()
  const scalars = new Set<unknown>()
  const others: unknown[] = []
  for (const choice of choices) {
    if (stepEnds(1)) yield
    if (hasMembers(choice)) others.push(choice)
    else scalars.add(choice)
  }
  const newChoices = { scalars, others }
  choicesByList.set(choices, newChoices)
  return newChoices
}

function hasMembers(value: unknown): boolean {
  return typeof value === 'object' && value !== null
}
