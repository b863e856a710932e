import { showProgress } from '../../scripts/real-models/step.ts'
import type { Contender, Task } from '../measuring/contender.ts'
import type { SpeedMeasurement } from '../measuring/speed.ts'
import { computeMedian } from '../measuring/spread.ts'
import { type ContextSettings, listSettingsToTry } from './settings.ts'

type MeasureSpeed = (contender: Contender, tasks: readonly Task[]) => Promise<SpeedMeasurement>

interface SettingsSearch {
  readonly open: (settings: ContextSettings) => Promise<Contender>
  readonly tasks: readonly Task[]
  readonly measureSpeed: MeasureSpeed
}

/** The share of a task's prompt and reply that a trial has. */
const trialShare = 0.25
const trialRounds = 2
/** Settings that warm up below this share of the best so far are not tried further. */
const leastShare = 0.5

/**
 * Tries the defaults and each setting for a moment, one after another, and opens the contender at
 * its defaults, and at the best settings where those are others.
 */
export async function openAtDefaultsAndBest({
  open,
  tasks,
  measureSpeed,
}: SettingsSearch): Promise<readonly Contender[]> {
  const shortTasks = tasks.map(shorten)
  const trials: { readonly settings: ContextSettings; readonly speed: number }[] = []
  const defaults = {}
  for (const settings of [...listSettingsToTry(), defaults]) {
    const contender = await open(settings)
    const measureOnce = async () => (await measureSpeed(contender, shortTasks)).tokensPerSecond
    const least = leastShare * Math.max(0, ...trials.map(({ speed }) => speed))
    const speed = await showProgress(`Trying ${contender.name}`, async () => {
      let warmUpSpeed = await measureOnce()
      // Where Linux puts a thread makes the first reply of some settings slow by chance.
      if (warmUpSpeed < least) warmUpSpeed = await measureOnce()
      if (warmUpSpeed < least) return warmUpSpeed
      const speeds: number[] = []
      for (let round = 0; round < trialRounds; round++) speeds.push(await measureOnce())
      return computeMedian(speeds)
    })
    await contender.close()
    trials.push({ settings, speed })
  }
  const [best] = trials.toSorted((a, b) => b.speed - a.speed)
  const settingsToOpen =
    !best || best.settings === defaults ? [defaults] : [defaults, best.settings]
  const contenders: Contender[] = []
  for (const settings of settingsToOpen) contenders.push(await open(settings))
  return contenders
}

function shorten({ text, tokens, maxTokens }: Task): Task {
  const share = (count: number) => Math.max(2, Math.round(count * trialShare))
  return { text, tokens: tokens.slice(0, share(tokens.length)), maxTokens: share(maxTokens) }
}
