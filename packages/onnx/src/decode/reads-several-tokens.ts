import { createCache } from '../cache/kv-cache.ts'
import { readLogits } from '../session/read-logits.ts'
import { stepRunner, type StepTarget } from './run-step.ts'

/** Part of the range of logits; quantized exports round the tokens of a run together. */
const tolerance = 0.05

interface ReadOptions {
  readonly target: StepTarget
  readonly vocabularySize: number
}

/**
 * Whether a run that continues a cache can read several tokens. In some exports it fails; where the
 * branch with a cache was traced with one token, it has no causal mask, and a token sees those
 * after it.
 */
export async function readsSeveralTokens(options: ReadOptions): Promise<boolean> {
  try {
    const separate = await computeLogits([[0], [1], [2]], options)
    const joinedLogits = await computeLogits([[0], [1, 2]], options)
    const sortedLogits = separate.toSorted()
    const range = (sortedLogits.at(-1) ?? 0) - (sortedLogits[0] ?? 0)
    return separate.every(
      (logit, index) => Math.abs(logit - (joinedLogits[index] ?? Infinity)) <= range * tolerance,
    )
  } catch {
    return false
  }
}

/** The logits after the last of several runs, each of which reads these tokens. */
async function computeLogits(
  runs: readonly (readonly number[])[],
  { target, vocabularySize }: ReadOptions,
): Promise<Float32Array> {
  const runStep = stepRunner(target)
  let { tokens: cached, tensors: cache } = createCache(target)
  let logits = new Float32Array()
  for (const tokens of runs) {
    const row = { cachedTokens: cached.length, tokens }
    const outputs = await runStep([row], { cache, needsLogits: true })
    cached = [...cached, ...tokens]
    cache = outputs.cache
    if (outputs.logits) logits = Float32Array.from(readLogits(outputs.logits, 0, vocabularySize))
  }
  return logits
}
