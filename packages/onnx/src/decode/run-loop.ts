import { NanoError } from '@nano/core'
import { readLogits } from '../session/read-logits.ts'
import { runLength } from './run-length.ts'
import { type StepTarget, stepRunner } from './run-step.ts'
import { sampleToken } from './sample-token.ts'
import type { Sequence } from './sequence.ts'

interface LoopOptions {
  /** A session whose graph is a loop. */
  readonly target: StepTarget
  readonly vocabularySize: number
  /** The tokens that end a turn: a run ends with them. */
  readonly endTokens: readonly number[]
  /** Milliseconds. */
  readonly maxRunTime: number
}

interface LoopRequest {
  /** The tokens to read first. */
  readonly tokens: readonly number[]
  /** The most tokens to choose. */
  readonly maxTokens: number
  /** The time of this run tells how many steps the next ones take. */
  readonly isTimed: boolean
}

interface LoopResult {
  /** The chosen tokens, at least one. */
  readonly tokens: readonly number[]
  /** Milliseconds per token. */
  readonly duration: number
}

/** Reads tokens and chooses the next ones, several steps in one run. */
export type RunLoop = (sequence: Sequence, request: LoopRequest) => Promise<LoopResult>

/** The function that runs a loop's session. */
export function loopRunner({
  target,
  vocabularySize,
  endTokens,
  maxRunTime,
}: LoopOptions): RunLoop {
  const runStep = stepRunner(target)
  const length = runLength(maxRunTime)

  return async (sequence, { tokens, maxTokens, isTimed }) => {
    const { cache, replyTokens, sampling, sampler, randomNumbers } = sequence
    const startedAt = performance.now()
    const steps = Math.min(maxTokens, length.steps())
    const outputs = await runStep([{ cachedTokens: cache.tokens.length, tokens }], {
      cache: cache.tensors,
      needsLogits: true,
      loop: {
        ...sampling,
        steps,
        vocabularySize,
        stopIds: endTokens,
        replyTokens,
        ...(!sampler.isGreedy && { chances: randomNumbers.peek(steps) }),
      },
    })
    const chosenTokens = outputs.tokens ?? []
    if (chosenTokens.length === 0 || !outputs.logits)
      throw new NanoError('bad-output', 'onnx: a run of the model returned no tokens')
    const duration = performance.now() - startedAt
    if (isTimed) length.record({ duration, tokens: chosenTokens.length })

    // The loop does not read the last token that it chooses.
    sequence.cache = {
      tokens: [...cache.tokens, ...tokens, ...chosenTokens.slice(0, -1)],
      tensors: outputs.cache,
    }
    // Where rounding could decide, the last token is -1, and our own sampler chooses it.
    const isUndecided = chosenTokens.at(-1) === -1
    const decided = isUndecided ? chosenTokens.slice(0, -1) : chosenTokens
    replyTokens.push(...decided)
    if (!sampler.isGreedy) randomNumbers.skip(decided.length)
    const lastTokens = isUndecided
      ? [(await sampleToken(sequence, readLogits(outputs.logits, 0, vocabularySize))).token]
      : []
    return { tokens: [...decided, ...lastTokens], duration: duration / chosenTokens.length }
  }
}
