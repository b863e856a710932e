import { expect, it } from 'vitest'
import { runLength } from '../../src/decode/run-length.ts'

it('a run takes as many steps as fit into its time, at least one and at most sixteen', () => {
  const length = runLength(50)
  expect(length.steps()).toBe(2)
  for (const [duration, tokens, steps] of [
    [40, 4, 5],
    [400, 1, 1],
    [100, 10, 5],
    [1, 16, 16],
  ] as const) {
    length.record({ duration, tokens })
    expect(length.steps(), `${tokens} tokens in ${duration} ms`).toBe(steps)
  }
})
