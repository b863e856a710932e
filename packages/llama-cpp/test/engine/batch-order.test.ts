import { expect, it } from 'vitest'
import { bySequence } from '../../src/engine/batch-order.ts'
import type { Token } from '../../src/runtime.ts'

const item = (sequence: number, count: number) => ({
  evaluationPriority: sequence,
  tokens: Array.from({ length: count }, (_, token) => token as Token),
})

/** Sequence and tokens of each part of the batch. */
function batch(size: number, ...items: ReturnType<typeof item>[]) {
  return bySequence({ items, size }).map(({ item: { evaluationPriority }, processAmount }) => [
    evaluationPriority,
    processAmount,
  ])
}

it('a batch holds its sequences in their order, whoever came first', () => {
  expect(batch(8, item(2, 1), item(0, 1), item(3, 1), item(1, 1))).toEqual([
    [0, 1],
    [1, 1],
    [2, 1],
    [3, 1],
  ])
})

it('what does not fit is left for the next batch, and a call without room is not in it', () => {
  expect(batch(5, item(1, 4), item(0, 3))).toEqual([
    [0, 3],
    [1, 2],
  ])
  expect(batch(3, item(1, 4), item(0, 3))).toEqual([[0, 3]])
})
