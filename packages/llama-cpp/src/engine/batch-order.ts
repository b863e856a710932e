import type { Token } from '../runtime.ts'

/** A call that waits for the next batch. */
interface BatchItem {
  readonly tokens: readonly Token[]
  readonly evaluationPriority: number
}

/**
 * Each call's priority is the index of its sequence, and a batch holds them in that order:
 * llama.cpp computes sequences together only where each follows the one before, and cuts the batch
 * wherever one does not. Eight at once in any order took half as long again.
 * @see https://github.com/ggml-org/llama.cpp/blob/master/src/llama-batch.cpp `split_equal`
 */
export function bySequence({
  items,
  size,
}: {
  readonly items: readonly BatchItem[]
  readonly size: number
}): { readonly item: BatchItem; readonly processAmount: number }[] {
  let free = size
  return items
    .toSorted((a, b) => a.evaluationPriority - b.evaluationPriority)
    .flatMap((item) => {
      const processAmount = Math.min(item.tokens.length, free)
      free -= processAmount
      return processAmount > 0 ? [{ item, processAmount }] : []
    })
}
