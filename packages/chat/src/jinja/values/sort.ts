import { compareValues } from './compare.ts'
import type { Run, Value } from './value.ts'

/** Sorts by a key, keeping the order of values whose keys are equal, also in reverse. */
export function sortValues(
  values: readonly Value[],
  {
    keyOfValue = (value) => value,
    isReversed = false,
  }: { readonly keyOfValue?: (value: Value) => Value; readonly isReversed?: boolean },
  run: Run,
): Value[] {
  run.meter.chargeItems(values.length)
  return values
    .map((value) => ({ value, key: keyOfValue(value) }))
    .sort((left, right) =>
      isReversed
        ? compareValues(right.key, left.key, run) || 0
        : compareValues(left.key, right.key, run) || 0,
    )
    .map(({ value }) => value)
}
