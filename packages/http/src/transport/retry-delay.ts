/** Words such as `try again in 1m2.5s`, and the field of Google's services. */
const retryDelay =
  /(?:try (?:again )?(?:in|after) |"retryDelay": ?")((?:[\d.]+ ?(?:ms|[hms])[a-z]* ?)+)/i

/** Milliseconds after which the server accepts a retry, from the first text that says them. */
export function findRetryDelay(...texts: readonly string[]): number | undefined {
  const [delay] = texts.flatMap((text) => retryDelay.exec(text)?.[1] ?? [])
  if (delay === undefined) return undefined
  const unitSizes: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1 }
  return [...delay.matchAll(/([\d.]+) ?(ms|[hms])/gi)].reduce(
    (sum, [, count, unit = '']) => sum + Number(count) * (unitSizes[unit.toLowerCase()] ?? 0),
    0,
  )
}
