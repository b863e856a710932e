import { NanoError } from '@nano/core'
import type { CacheLayout } from '../cache/stack-rows.ts'
import { toError } from '../error.ts'
import { readLogits } from '../session/read-logits.ts'
import { emptyBatch } from './batch.ts'
import type { RunStep } from './run-step.ts'
import type { Sequence } from './sequence.ts'

/** The tokens that a step of a sequence reads. */
interface SequenceStep {
  readonly sequence: Sequence
  readonly tokens: readonly number[]
}

/** Steps sequences, in a batch or one after another. */
export interface SequenceStepper {
  /** Reads tokens into the cache of a sequence. */
  readTokens(step: SequenceStep): Promise<void>
  /** Reads tokens into the cache of a sequence, and returns the logits after them. */
  computeLogits(step: SequenceStep): Promise<Float32Array>
  /**
   * The logits of each sequence, or why there are none. Where `canBatch`, sequences that read one
   * token share a step. If that fails, they step in turn, which needs less memory at once.
   */
  computeAllLogits(
    steps: readonly SequenceStep[],
    options: { readonly canBatch: boolean },
  ): Promise<readonly (Float32Array | Error)[]>
  /** Gives a sequence a cache of its own where it is in a batch. */
  separate(sequence: Sequence): void
}

interface SequenceStepperOptions {
  readonly runStep: RunStep
  readonly layout: CacheLayout
  readonly vocabularySize: number
  /** Called with the milliseconds of each batch. */
  readonly recordBatch: (rows: number, duration: number) => void
}

/**
 * Most exports compute logits for every position, and the runtime copies what it fetches: 256 MB
 * for 512 tokens of a vocabulary of 128,000. Beyond this many logits, the last token has a step of
 * its own.
 */
const maxLogits = 8_000_000

/** The stepper of one session. */
export function sequenceStepper({
  runStep,
  layout,
  vocabularySize,
  recordBatch,
}: SequenceStepperOptions): SequenceStepper {
  const batch = emptyBatch(runStep, layout)

  async function runAlone(
    { sequence, tokens }: SequenceStep,
    { needsLogits }: { readonly needsLogits: boolean },
  ): Promise<Float32Array | undefined> {
    batch.remove(sequence)
    const { cache } = sequence
    const outputs = await runStep([{ cachedTokens: cache.tokens.length, tokens }], {
      cache: cache.tensors,
      needsLogits,
    })
    sequence.cache = { tokens: [...cache.tokens, ...tokens], tensors: outputs.cache }
    return outputs.logits && readLogits(outputs.logits, 0, vocabularySize)
  }

  async function computeLogits({ sequence, tokens }: SequenceStep): Promise<Float32Array> {
    const isSplit =
      tokens.length > 1 &&
      !layout.graph.computesOnlyLastLogits &&
      tokens.length * vocabularySize > maxLogits
    if (isSplit) await runAlone({ sequence, tokens: tokens.slice(0, -1) }, { needsLogits: false })
    const lastTokens = isSplit ? tokens.slice(-1) : tokens
    const logits = await runAlone({ sequence, tokens: lastTokens }, { needsLogits: true })
    if (logits) return logits
    throw new NanoError('bad-output', 'onnx: a step of the model returned no logits')
  }

  async function computeBatch(
    steps: readonly SequenceStep[],
  ): Promise<ReadonlyMap<SequenceStep, Float32Array>> {
    const startedAt = performance.now()
    const logits = await batch
      .step(
        steps.map(({ sequence }) => sequence),
        steps.flatMap(({ tokens }) => tokens),
      )
      .catch(() => undefined)
    recordBatch(steps.length, performance.now() - startedAt)
    return new Map(
      logits ? steps.map((step, row) => [step, readLogits(logits, row, vocabularySize)]) : [],
    )
  }

  return {
    async readTokens(step) {
      await runAlone(step, { needsLogits: false })
    },
    computeLogits,
    async computeAllLogits(steps, { canBatch }) {
      const rows = canBatch
        ? steps
            .filter(({ tokens }) => tokens.length === 1)
            .toSorted((a, b) => a.sequence.index - b.sequence.index)
        : []
      const batched = rows.length > 1 ? await computeBatch(rows) : new Map<SequenceStep, never>()
      const results: (Float32Array | Error)[] = []
      for (const step of steps)
        results.push(batched.get(step) ?? (await computeLogits(step).catch(toError)))
      return results
    },
    separate: batch.remove,
  }
}
