import { createCache, type KvCache } from '../cache/kv-cache.ts'
import { type CacheLayout, stackRows } from '../cache/stack-rows.ts'
import { type BatchMember, emptyBatch } from './batch.ts'
import type { RunStep } from './run-step.ts'

/**
 * Whether sequences of different lengths get the same logits in a batch as alone, to the bit. They
 * do not with 4-bit matrices in products of 32 bits, where a single row has a kernel of its own,
 * nor in exports without GroupQueryAttention, which need rows that are padded at the beginning.
 */
export async function isBatchExact(runStep: RunStep, layout: CacheLayout): Promise<boolean> {
  try {
    const members = [
      (await readTokens(runStep, createCache(layout), [0])).member,
      (await readTokens(runStep, createCache(layout), [1, 0, 2])).member,
      createLongMember(layout),
    ]
    const separate: Float32Array[] = []
    for (const { cache } of members) separate.push((await readTokens(runStep, cache, [1])).logits)
    const batched = (await emptyBatch(runStep, layout).step(members, [1, 1, 1]))
      .data as Float32Array
    const width = batched.length / members.length
    return batched.every(
      (logit, index) => logit === separate[Math.floor(index / width)]?.at((index % width) - width),
    )
  } catch {
    return false
  }
}

async function readTokens(
  runStep: RunStep,
  cache: KvCache,
  tokens: readonly number[],
): Promise<{ readonly logits: Float32Array; readonly member: BatchMember }> {
  const { logits, cache: tensors } = await runStep(
    [{ cachedTokens: cache.tokens.length, tokens }],
    { cache: cache.tensors, needsLogits: true },
  )
  return {
    logits: logits?.data as Float32Array,
    member: { cache: { tokens: [...cache.tokens, ...tokens], tensors } },
  }
}

/** A sequence of zeros, so long that the caches of the others are padded. */
function createLongMember(layout: CacheLayout): BatchMember {
  const length = 100
  return {
    cache: {
      tokens: Array.from({ length }, () => 0),
      tensors: stackRows([], { layout, length }),
    },
  }
}
