import { NanoError } from '@nano/core'
import type { KvCache } from '../cache/kv-cache.ts'
import { type CacheLayout, stackRows } from '../cache/stack-rows.ts'
import type { Tensor, Tensors } from '../session/runtime.ts'
import type { RunStep } from './run-step.ts'

/** A sequence that can be in a batch. */
export interface BatchMember {
  cache: KvCache
}

/** Sequences that step together. Their caches are the rows of one tensor, padded at the end. */
export interface Batch {
  /**
   * Reads one token of each member, and returns the logits, `[members, 1, vocabulary]`. Copies no
   * cache where the members are those of the last call.
   */
  step(members: readonly BatchMember[], tokens: readonly number[]): Promise<Tensor>
  /** Dissolves the batch where the sequence is in it: copies the cache of each member once. */
  remove(member: BatchMember): void
}

/** An empty batch. */
export function emptyBatch(runStep: RunStep, layout: CacheLayout): Batch {
  let rows: readonly BatchMember[] = []
  let tensors: Tensors = {}

  function dissolve(): void {
    for (const [row, member] of rows.entries()) {
      const { tokens } = member.cache
      const { length } = tokens
      member.cache = {
        tokens,
        tensors: stackRows([{ tensors, row, length }], { layout, length }),
      }
    }
    rows = []
    tensors = {}
  }

  function assemble(members: readonly BatchMember[]): void {
    if (members.length === rows.length && members.every((member, index) => member === rows[index]))
      return
    dissolve()
    tensors = stackRows(
      members.map(({ cache }) => ({ tensors: cache.tensors, row: 0, length: cache.tokens.length })),
      { layout, length: Math.max(...members.map(({ cache }) => cache.tokens.length)) },
    )
    rows = members
    // Frees the tensors of the members: their content is in the batch now.
    for (const member of members) member.cache = { tokens: member.cache.tokens, tensors: {} }
  }

  return {
    async step(members, tokens) {
      assemble(members)
      const stepRows = members.map(({ cache }, index) => ({
        cachedTokens: cache.tokens.length,
        tokens: tokens.slice(index, index + 1),
      }))
      const { logits, cache } = await runStep(stepRows, { cache: tensors, needsLogits: true })
      if (!logits) throw new NanoError('bad-output', 'onnx: a step of the model returned no logits')
      tensors = cache
      for (const [index, member] of members.entries())
        member.cache = {
          tokens: [...member.cache.tokens, ...tokens.slice(index, index + 1)],
          tensors: {},
        }
      return logits
    },
    remove(member) {
      if (rows.includes(member)) dissolve()
    },
  }
}
