import type { Attributes, Meter } from '@opentelemetry/api'
import { type CallEnd, type FinishPart, nameError, toSeconds, type TracedCall } from './call.ts'
import { attributes, chooseMetricNames, nanoMetrics } from './names.ts'
import { describeCall } from './spans.ts'

/** Records what calls take. */
export interface Meters {
  /** `gaps` are the milliseconds between the parts of the reply. */
  noteEnd(call: TracedCall, end: CallEnd & { readonly gaps: readonly number[] }): void
}

/** Seconds, as the conventions advise. */
const secondBoundaries = [
  0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92,
]
/** Seconds to a first part, as the conventions advise. */
const firstBoundaries = [
  0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
]
/** Seconds between two parts, as the conventions advise. */
const gapBoundaries = [0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5]
const tokenBoundaries = Array.from({ length: 14 }, (_, power) => 4 ** power)

type RecordValue = (value: number | undefined, attributes: Attributes) => void

export function openMeters(meter: Meter, optIn: string | undefined): Meters {
  const histogram = (name: string, unit: string, boundaries: readonly number[]): RecordValue => {
    const advice = { explicitBucketBoundaries: [...boundaries] }
    const instrument = meter.createHistogram(name, { unit, advice })
    return (value, attributes) => {
      if (value !== undefined) instrument.record(value, attributes)
    }
  }
  const counter = (name: string, unit: string): RecordValue => {
    const instrument = meter.createCounter(name, { unit })
    return (value, attributes) => {
      if (value !== undefined) instrument.add(value, attributes)
    }
  }
  const sets = chooseMetricNames(optIn)
  const durations = sets.map(({ duration }) => histogram(duration, 's', secondBoundaries))
  const firsts = sets.map(({ firstChunk }) => histogram(firstChunk, 's', firstBoundaries))
  const gapRecords = sets.map(({ betweenChunks }) => histogram(betweenChunks, 's', gapBoundaries))
  const tokenRecords = sets.map(({ tokens }) => recordTokens(tokens))
  const firstAnswer = histogram(nanoMetrics.firstAnswer, 's', firstBoundaries)
  const waiting = histogram(nanoMetrics.waiting, 's', firstBoundaries)
  const cachedReplies = counter(nanoMetrics.cachedReplies, '{reply}')

  type TokenNames = ReturnType<typeof chooseMetricNames>[number]['tokens']
  type RecordTokens = (usage: FinishPart['usage'], labels: Attributes) => void

  function recordTokens(names: TokenNames): RecordTokens {
    if ('histogram' in names) {
      const record = histogram(names.histogram, '{token}', tokenBoundaries)
      return ({ input, output }, labels) => {
        record(input, { ...labels, [attributes.tokenType]: 'input' })
        record(output, { ...labels, [attributes.tokenType]: 'output' })
      }
    }
    const { counters, histograms } = names
    const [input, cachedInput, output, reasoning] = [
      counter(counters.input, '{token}'),
      counter(counters.cachedInput, '{token}'),
      counter(counters.output, '{token}'),
      counter(counters.reasoning, '{token}'),
    ]
    const inputs = histogram(histograms.input, '{token}', tokenBoundaries)
    const outputs = histogram(histograms.output, '{token}', tokenBoundaries)
    return (usage, labels) => {
      input(usage.input, labels)
      cachedInput(usage.cachedInput, labels)
      output(usage.output, labels)
      reasoning(usage.reasoning, labels)
      inputs(usage.input, labels)
      outputs(usage.output, labels)
    }
  }

  return {
    noteEnd(call, { finish, gaps, ...end }) {
      const labels = describeCall(call)
      const seconds = (performance.now() - call.startedAt) / 1_000
      const outcome = {
        ...('error' in end && { [attributes.errorType]: nameError(end.error) }),
        ...(finish?.cached && { [attributes.nano.cacheHit]: true }),
      }
      for (const record of durations) record(seconds, { ...labels, ...outcome })
      // A replayed reply says nothing of the model, and its tokens were counted the first time.
      if (finish?.cached) return cachedReplies(1, labels)
      for (const record of gapRecords) for (const gap of gaps) record(toSeconds(gap), labels)
      if (!finish) return
      const { firstPart, firstText, waiting: waitingTime } = finish.timings
      for (const record of firsts) record(toSeconds(firstPart), labels)
      firstAnswer(toSeconds(firstText), labels)
      waiting(toSeconds(waitingTime), labels)
      for (const record of tokenRecords) record(finish.usage, labels)
    },
  }
}
