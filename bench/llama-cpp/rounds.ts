import { setTimeout } from 'node:timers/promises'
import { spread, table } from '../table.ts'
import type { Contender, Measured, Reply, Task } from './contender.ts'

/** For each contender, what each round came to. */
type Results = readonly (readonly Measured[])[]

/**
 * Milliseconds for the threads of whoever was last to fall asleep: they spin for a while before
 * they do.
 */
const rest = 100
/** The share of the best that settings chosen by themselves have to reach. */
const enough = 0.9

/** Tokens of a reply in the first round. */
const warmUp = 8
/**
 * Below this share of the fastest in the first round, more rounds would take minutes each and say
 * the same.
 */
const hopeless = 0.05

/**
 * Measures all, one after the other, each round from another one on and every second backwards; the
 * first round warms up.
 */
export async function inRounds(
  contenders: readonly Contender[],
  rounds: readonly (readonly Task[])[],
  speed: (contender: Contender, tasks: readonly Task[]) => Promise<Measured>,
): Promise<Results> {
  const [first = [], ...others] = rounds
  const warm: Measured[] = []
  for (const contender of contenders)
    warm.push(
      await rested(() =>
        speed(
          contender,
          first.map((task) => ({ ...task, maxTokens: Math.min(task.maxTokens, warmUp) })),
        ),
      ),
    )
  const least = hopeless * Math.max(...warm.map(({ speed }) => speed))

  const results: Measured[][] = warm.map((measured) => (measured.speed < least ? [measured] : []))
  const places = [...contenders.keys()].filter((index) => results[index]?.length === 0)
  for (const [round, tasks] of others.entries()) {
    const from = Math.round((round * places.length) / others.length)
    const order = [...places.slice(from), ...places.slice(0, from)]
    for (const index of round % 2 === 0 ? order : order.toReversed()) {
      const contender = contenders[index]
      if (contender) results[index]?.push(await rested(() => speed(contender, tasks)))
    }
  }
  return results
}

async function rested<T>(run: () => Promise<T>): Promise<T> {
  await setTimeout(rest)
  return run()
}

/** A table of ratios; tokens are means of one reply, to see that all did the same work. */
export function print(title: string, contenders: readonly Contender[], results: Results): void {
  const best = bestOf('raw', contenders, results)
  const mean = (index: number, of: (reply: Reply) => number | undefined) => {
    const values = (results[index] ?? []).flatMap(({ replies }) =>
      replies.map((reply) => of(reply) ?? NaN),
    )
    const sum = values.reduce((total, value) => total + value, 0)
    return Number.isNaN(sum) ? 'not known' : (sum / values.length).toFixed(1)
  }
  const rows = contenders.map(({ name }, index) => [
    `${name}${index === best ? ' ←' : ''}`,
    shown(ratios(results, index, best)),
    shown(ratios(results, 0, index)),
    mean(index, ({ output }) => output),
    mean(index, ({ cached }) => cached),
  ])
  console.log(`${title}\n`)
  console.log(`${table(['', 'to raw at its best', 'nano to it', 'tokens', 'cached'], rows)}\n`)
}

/** What nano's own choice of settings is worth beside the best of raw's sweep. */
export function verdict(contenders: readonly Contender[], results: Results): void {
  const best = bestOf('raw', contenders, results)
  const values = ratios(results, 0, best)
  const reached = spread(values).median >= enough
  console.log(
    `${contenders[0]?.name} is ${shown(values)} of the sweep's best (${contenders[best]?.name}): ${reached ? 'at least' : 'LESS THAN'} ${enough}.\n`,
  )
}

/** The one with the highest median, chosen after the fact: noise can only raise it. */
function bestOf(prefix: string, contenders: readonly Contender[], results: Results): number {
  const median = (index: number) => spread((results[index] ?? []).map(({ speed }) => speed)).median
  return (
    [...contenders.keys()]
      .filter((index) => contenders[index]?.name.startsWith(prefix))
      .toSorted((a, b) => median(b) - median(a))[0] ?? 0
  )
}

/** Round by round, as many as both have. */
function ratios(results: Results, index: number, to: number): readonly number[] {
  const [these = [], those = []] = [results[index], results[to]]
  return these
    .slice(0, those.length)
    .map(({ speed }, round) => speed / (those[round]?.speed ?? NaN))
}

function shown(values: readonly number[]): string {
  const { median, least, most } = spread(values)
  return `${median.toFixed(2)} (${least.toFixed(2)} to ${most.toFixed(2)})`
}
