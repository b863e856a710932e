import type { Arguments, Filter, Run, Test, Value } from './value.ts'

/** Charges for reading a value: the characters of a text, or the items of a list without theirs. */
export function chargeReading(value: Value, run: Run): void {
  if (typeof value !== 'object' || value === null) return
  if (value.type === 'text') {
    run.meter.chargeText(value.string.length)
    run.meter.charge(value.callerRanges.length / 2)
  } else if (value.type === 'list' || value.type === 'tuple') {
    run.meter.charge(value.items.length / itemsPerStep)
  } else if (value.type === 'dict') {
    run.meter.charge(value.entries.size / itemsPerStep)
  } else if (value.type === 'view') {
    run.meter.charge(value.dict.entries.size / itemsPerStep)
  }
}

export function chargeArguments({ positional, named }: Arguments, run: Run): void {
  for (const value of positional) chargeReading(value, run)
  for (const value of named.values()) chargeReading(value, run)
}

/** The filters or tests, each of which pays for reading its input and arguments first. */
export function withCharges<Result>(
  functions: ReadonlyMap<string, (...call: Parameters<Filter | Test>) => Result>,
): ReadonlyMap<string, (...call: Parameters<Filter | Test>) => Result> {
  const charged = [...functions].map(([name, apply]) => {
    const applyCharged = (input: Value, callArguments: Arguments, run: Run) => {
      chargeReading(input, run)
      chargeArguments(callArguments, run)
      return apply(input, callArguments, run)
    }
    return [name, applyCharged] as const
  })
  return new Map(charged)
}

const itemsPerStep = 32
