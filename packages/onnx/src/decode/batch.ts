import { NanoError } from '@nano/core'
import {
  type CacheKind,
  emptyCache,
  type KvCache,
  stacked,
  type Tensors,
} from '../cache/kv-cache.ts'
import type { Tensor } from '../session/runtime.ts'
import type { Step } from '../session/run-step.ts'

/** What takes part in batches. */
export interface Member {
  cache: KvCache
}

/** Sequences that step together, their caches in one tensor each, rows filled up at the end. */
export interface Batch {
  /**
   * Reads a token of each, and gives their logits, `[members, 1, vocabulary]`. The same members as
   * last time cost no copy.
   */
  step(members: readonly Member[], tokens: readonly number[]): Promise<Tensor>
  /**
   * Gives a member that is in the batch its own cache back, and so all others: copies each once.
   */
  leave(member: Member): void
}

export function batch(step: Step, kind: CacheKind): Batch {
  let rows: readonly Member[] = []
  let tensors: Tensors = {}

  function dissolve(): void {
    for (const [row, member] of rows.entries()) {
      const { tokens } = member.cache
      member.cache = {
        tokens,
        tensors: stacked([{ tensors, row, length: tokens.length }], {
          kind,
          length: tokens.length,
        }),
      }
    }
    rows = []
    tensors = {}
  }

  function assemble(members: readonly Member[]): void {
    if (members.length === rows.length && members.every((member, index) => member === rows[index]))
      return
    dissolve()
    const length = Math.max(...members.map(({ cache }) => cache.tokens.length))
    tensors = stacked(
      members.map(({ cache }) => ({ tensors: cache.tensors, row: 0, length: cache.tokens.length })),
      { kind, length },
    )
    rows = members
    // Held twice otherwise, for as long as the batch lasts.
    for (const member of members) member.cache = { tokens: member.cache.tokens, tensors: {} }
  }

  return {
    async step(members, tokens) {
      assemble(members)
      const asked = members.map(({ cache }, index) => ({
        past: cache.tokens.length,
        tokens: tokens.slice(index, index + 1),
      }))
      const { logits, cache } = await step(asked, { cache: tensors, logits: true })
      if (!logits) throw new NanoError('bad-output', 'onnx: a step of the model gave no logits')
      tensors = cache
      for (const [index, member] of members.entries())
        member.cache = {
          tokens: [...member.cache.tokens, ...tokens.slice(index, index + 1)],
          tensors: {},
        }
      return logits
    },
    leave(member) {
      if (rows.includes(member)) dissolve()
    },
  }
}

/**
 * Whether sequences of different lengths get from a batch, to the bit, what each gets alone.
 * Products with 4-bit matrices do not: a single row has a kernel of its own. Exports without
 * GroupQueryAttention would want their rows filled up at the other end.
 */
export async function batchesExactly(step: Step, kind: CacheKind): Promise<boolean> {
  const read = async (cache: KvCache, tokens: readonly number[]) => {
    const { logits, cache: tensors } = await step([{ past: cache.tokens.length, tokens }], {
      cache: cache.tensors,
      logits: true,
    })
    return {
      logits: logits?.data as Float32Array,
      member: { cache: { tokens: [...cache.tokens, ...tokens], tensors } },
    }
  }
  try {
    // The last is of zeros, and so long that room for it is more than the others have.
    const zeros = {
      cache: {
        tokens: Array.from({ length: 100 }, () => 0),
        tensors: stacked([], { kind, length: 100 }),
      },
    }
    const begun = [
      (await read(emptyCache(kind), [0])).member,
      (await read(emptyCache(kind), [1, 0, 2])).member,
      zeros,
    ]
    const alone: Float32Array[] = []
    for (const { cache } of begun) alone.push((await read(cache, [1])).logits)
    const together = (await batch(step, kind).step(begun, [1, 1, 1])).data as Float32Array
    const width = together.length / begun.length
    return together.every(
      (value, index) => value === alone[Math.floor(index / width)]?.at((index % width) - width),
    )
  } catch {
    return false
  }
}
