import { setTimeout } from 'node:timers/promises'

export interface RoundsOptions {
  readonly rounds: number
  /** Rounds before those that count; their results are dropped. */
  readonly warmUpRounds?: number
  /** Milliseconds before each measurement. */
  readonly pause?: number
}

/**
 * Measures each contestant once per round and gives each one's results, round by round.
 * Each round starts with another contestant and every second round runs backwards, so that nobody
 * always runs first, or always after the same neighbor.
 */
export async function measureInRounds<Contestant, Result>(
  contestants: readonly Contestant[],
  { rounds, warmUpRounds = 0, pause = 0 }: RoundsOptions,
  measure: (contestant: Contestant, round: number) => Promise<Result>,
): Promise<ReadonlyMap<Contestant, readonly Result[]>> {
  const results = new Map<Contestant, Result[]>(contestants.map((contestant) => [contestant, []]))
  const total = warmUpRounds + rounds
  for (let round = 0; round < total; round++) {
    const start = Math.round((round * contestants.length) / total)
    const order = [...contestants.slice(start), ...contestants.slice(0, start)]
    for (const contestant of round % 2 === 0 ? order : order.toReversed()) {
      await setTimeout(pause)
      const result = await measure(contestant, round)
      if (round >= warmUpRounds) results.get(contestant)?.push(result)
    }
  }
  return results
}
