import { uniform } from '@nano/chat/engine'
import { expect, it } from 'vitest'
import { chances, pace } from '../../src/decode/run-length.ts'

it('a run takes as many steps as fit into its time, one at least and sixteen at most', () => {
  const run = pace(50)
  expect(run.steps()).toBe(2)
  for (const [took, gave, steps] of [
    [40, 4, 5],
    [400, 1, 1],
    [100, 10, 5],
    [1, 16, 16],
  ] as const) {
    run.learn({ took, gave })
    expect(run.steps(), `${gave} in ${took} ms`).toBe(steps)
  }
})

it('chances come in the order of their seed, however they are taken, and can be taken again', () => {
  const draw = uniform(7)
  const [first, second, third, fourth] = [draw(), draw(), draw(), draw()]
  const run = chances(uniform(7))
  expect(run.next(3)).toEqual([first, second, third])
  expect(run.draw()).toBe(first)
  run.drawn(2)
  expect(run.draw()).toBe(fourth)
  run.undo(3)
  expect(run.next(3)).toEqual([second, third, fourth])
})
