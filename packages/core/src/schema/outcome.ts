import type { Steps } from './steps.ts'

/** Where a value does not hold to a schema, and why. */
export interface Fault {
  /** The JSON pointer of the value. */
  readonly valuePath: string
  /** The JSON pointer in the schema, by the keywords that were followed. */
  readonly schemaPath: string
  readonly problem: string
}

/** What a schema says of a value: its faults, and which members of a valid one it looked at. */
export interface Outcome {
  readonly faults: Fault[]
  /** Absent: none. Most outcomes have none, and a large schema has many outcomes. */
  seenNames?: Set<string>
  seenItems?: Set<number>
}

/** Where a check is: in the value, and in the schema. */
export interface Place {
  readonly valuePath: string
  readonly schemaPath: string
  /** The addresses of the resources that were entered, which dynamic references depend on. */
  readonly scope: readonly string[]
}

/** Checks one value against one schema, in steps. */
export type Evaluate = (value: unknown, schema: unknown, place: Place) => Steps<Outcome>

export function emptyOutcome(): Outcome {
  return { faults: [] }
}

/** Notes that a schema looked at a member of an object. */
export function addName(outcome: Outcome, name: string): void {
  outcome.seenNames = (outcome.seenNames ?? new Set()).add(name)
}

/** Notes that a schema looked at an item of a list. */
export function addItem(outcome: Outcome, index: number): void {
  outcome.seenItems = (outcome.seenItems ?? new Set()).add(index)
}

/** Faults beyond these are not told. */
const maxFaults = 50

/** Adds what another schema says of the same value. */
export function addOutcome(outcome: Outcome, otherOutcome: Outcome): void {
  addFaults(outcome, otherOutcome.faults)
  if (otherOutcome.faults.length > 0) return
  for (const name of otherOutcome.seenNames ?? []) addName(outcome, name)
  for (const index of otherOutcome.seenItems ?? []) addItem(outcome, index)
}

export function addFaults(outcome: Outcome, faults: readonly Fault[]): void {
  for (const fault of faults.slice(0, maxFaults - outcome.faults.length)) outcome.faults.push(fault)
}
