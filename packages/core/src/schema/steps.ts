/** Work in steps, after each of which it can rest. */
export type Steps<Result> = Generator<undefined, Result, undefined>

/** Adds the cost of work, in comparisons of two scalars, and tells whether a step ends with it. */
export type StepEnds = (cost: number) => boolean

/** The cost of one step, which takes less than a millisecond. */
const stepCost = 1_000

/** Counts what work costs, so that its steps are of the same length: `if (stepEnds(1)) yield`. */
export function countCost(): StepEnds {
  let totalCost = 0
  return (cost) => {
    totalCost += cost
    if (totalCost < stepCost) return false
    totalCost = 0
    return true
  }
}

/** Does all steps at once. */
export function runSteps<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const step = steps.next()
    if (step.done) return step.value
  }
}

/**
 * Milliseconds of work before other work of the thread has its turn. The first turn is shorter,
 * because it comes on top of what the caller did in the same turn.
 */
const turnLength = 4
const firstTurnLength = 1

/**
 * Does the steps in turns, so that a long piece of work blocks nothing else of the thread. What
 * follows them has a turn of its own, unless they were done within the first turn.
 */
export async function runInTurns<Result>(steps: Steps<Result>): Promise<Result> {
  for (let length = firstTurnLength; ; length = turnLength) {
    const endsAt = performance.now() + length
    let step = steps.next()
    while (!step.done && performance.now() < endsAt) step = steps.next()
    if (step.done && length === firstTurnLength) return step.value
    await new Promise((resolve) => setTimeout(resolve))
    if (step.done) return step.value
  }
}
