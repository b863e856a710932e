import { showProgress } from '../../scripts/real-models/step.ts'
import type { Contender, Reply, Task } from '../measuring/contender.ts'
import { measureInRounds } from '../measuring/rounds.ts'
import type { SpeedMeasurement } from '../measuring/speed.ts'
import { computeMedian, computeRatios, formatSpread } from '../measuring/spread.ts'
import { printTable } from '../measuring/table.ts'

/** What each contender reached, round by round. */
type SpeedResults = ReadonlyMap<Contender, readonly SpeedMeasurement[]>

interface SpeedComparison {
  readonly nano: Contender
  readonly nodeLlamaCpp: readonly Contender[]
  readonly servers: readonly Contender[]
  readonly results: SpeedResults
}

/** Milliseconds in which the threads of the last contender, which spin at first, fall asleep. */
const pause = 100
/** Tokens of a reply in the round that warms up. */
const warmUpTokens = 8
/** A contender below this share of the fastest leaves after the first round: it takes minutes. */
const leastShare = 0.05
/** The share of the best settings that nano's own choice has to reach. */
const demandedShare = 0.9

/** The first round warms up, with short replies. */
export async function measureSpeeds(
  contenders: readonly Contender[],
  [warmUpTasks = [], ...tasksByRound]: readonly (readonly Task[])[],
  measureSpeed: (contender: Contender, tasks: readonly Task[]) => Promise<SpeedMeasurement>,
): Promise<SpeedResults> {
  const shortTasks = warmUpTasks.map((task) => ({
    ...task,
    maxTokens: Math.min(task.maxTokens, warmUpTokens),
  }))
  const warmUp = await measureInRounds(contenders, { rounds: 1, pause }, (contender) =>
    showProgress(`Warming up ${contender.name}`, () => measureSpeed(contender, shortTasks)),
  )
  const fastest = Math.max(...contenders.map((contender) => medianSpeed(warmUp, contender)))
  const finalists = contenders.filter(
    (contender) => medianSpeed(warmUp, contender) >= leastShare * fastest,
  )
  const results = await measureInRounds(
    finalists,
    { rounds: tasksByRound.length, pause },
    (contender, round) =>
      showProgress(`Round ${round + 1}, ${contender.name}`, () =>
        measureSpeed(contender, tasksByRound[round] ?? []),
      ),
  )
  return new Map([...warmUp, ...results])
}

/**
 * Prints ratios of speeds, and of the time to the first token, where less than 1 is quicker. Tokens
 * are means of a reply, to see that all do the same work.
 */
export function printSpeeds(
  title: string,
  { nano, nodeLlamaCpp, servers, results }: SpeedComparison,
): void {
  const best = findFastest(nodeLlamaCpp, results)
  printTable(
    title,
    [
      '',
      'to node-llama-cpp at its best ←',
      'nano to it',
      'first token, nano to it',
      'tokens',
      'cached',
    ],
    [nano, ...nodeLlamaCpp, ...servers].map((contender) => [
      contender.name + (contender === best ? ' ←' : ''),
      formatSpread(speedRatios(results, contender, best)),
      formatSpread(speedRatios(results, nano, contender)),
      formatSpread(
        computeRatios(firstTokenTimes(results, nano), firstTokenTimes(results, contender)),
      ),
      formatMean(results, contender, ({ outputTokens }) => outputTokens),
      formatMean(results, contender, ({ cachedInputTokens }) => cachedInputTokens),
    ]),
  )
}

/** Says whether the settings that nano chooses by itself are about as good as the best tried. */
export function printSettingsVerdict({ nano, nodeLlamaCpp, results }: SpeedComparison): void {
  const best = findFastest(nodeLlamaCpp, results)
  const ratios = speedRatios(results, nano, best)
  const verdict = computeMedian(ratios) >= demandedShare ? 'at least' : 'LESS THAN'
  console.log(
    `${nano.name}, reaches ${formatSpread(ratios)} of the best settings that were tried` +
      ` (${best?.name}): ${verdict} ${demandedShare}.\n`,
  )
}

/** The one with the highest median; chosen afterwards, so noise can only raise it. */
function findFastest(
  contenders: readonly Contender[],
  results: SpeedResults,
): Contender | undefined {
  return contenders.toSorted((a, b) => medianSpeed(results, b) - medianSpeed(results, a))[0]
}

function medianSpeed(results: SpeedResults, contender: Contender): number {
  return computeMedian(speedsOf(results, contender))
}

function speedRatios(
  results: SpeedResults,
  numerator: Contender,
  denominator: Contender | undefined,
): readonly number[] {
  return computeRatios(speedsOf(results, numerator), speedsOf(results, denominator))
}

function speedsOf(results: SpeedResults, contender: Contender | undefined): readonly number[] {
  const measurements = contender ? results.get(contender) : undefined
  return (measurements ?? []).map(({ tokensPerSecond }) => tokensPerSecond)
}

/** The mean of each round, in milliseconds. */
function firstTokenTimes(results: SpeedResults, contender: Contender): readonly number[] {
  return (results.get(contender) ?? []).map(({ replies }) => {
    const times = replies.map(({ firstTokenTime = NaN }) => firstTokenTime)
    return times.reduce((total, time) => total + time, 0) / times.length
  })
}

function formatMean(
  results: SpeedResults,
  contender: Contender,
  count: (reply: Reply) => number | undefined,
): string {
  const counts = (results.get(contender) ?? []).flatMap(({ replies }) =>
    replies.map((reply) => count(reply) ?? NaN),
  )
  const sum = counts.reduce((total, value) => total + value, 0)
  return Number.isNaN(sum) ? 'unknown' : (sum / counts.length).toFixed(1)
}
