/** The median, with the smallest and the largest value beside it. */
interface Spread {
  readonly median: number
  readonly smallest: number
  readonly largest: number
}

export function computeMedian(values: readonly number[]): number {
  return computeSpread(values).median
}

/** Divides round by round, for as many rounds as both have. */
export function computeRatios(
  numerators: readonly number[] = [],
  denominators: readonly number[] = [],
): readonly number[] {
  const rounds = Math.min(numerators.length, denominators.length)
  return numerators
    .slice(0, rounds)
    .map((numerator, round) => numerator / (denominators[round] ?? NaN))
}

/** For example `1.02 (0.97 to 1.10)`: the median, and the smallest to the largest. */
export function formatSpread(values: readonly number[], digits = 2): string {
  const { median, smallest, largest } = computeSpread(values)
  const format = (value: number) => value.toFixed(digits)
  return `${format(median)} (${format(smallest)} to ${format(largest)})`
}

function computeSpread(values: readonly number[]): Spread {
  const sortedValues = values.toSorted((a, b) => a - b)
  const upper = sortedValues[Math.floor(sortedValues.length / 2)] ?? NaN
  const lower = sortedValues[Math.ceil(sortedValues.length / 2) - 1] ?? NaN
  return {
    median: (lower + upper) / 2,
    smallest: sortedValues[0] ?? NaN,
    largest: sortedValues.at(-1) ?? NaN,
  }
}
