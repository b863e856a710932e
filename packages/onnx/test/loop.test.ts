import { expect, it } from 'vitest'
import { pace } from '../src/loop.ts'

it('a run takes as many steps as fit into the time that an abort may wait, one at least and sixteen at most', () => {
  const run = pace()
  expect(run.steps()).toBe(4)
  for (const [took, gave, steps] of [[40, 4, 5], [400, 1, 1], [100, 10, 5], [1, 16, 16]] as const) {
    run.learn({ took, gave })
    expect(run.steps(), `${gave} in ${took} ms`).toBe(steps)
  }
})
