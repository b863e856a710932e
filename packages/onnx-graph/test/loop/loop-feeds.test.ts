import { expect, it } from 'vitest'
import { createLoopFeeds } from '../../src/index.ts'

it('a run needs a step, and a chance for each step unless it is greedy', () => {
  expect(() => createLoopFeeds({ steps: 0, vocabularySize: 8 })).toThrow('cannot run 0 steps')
  expect(() => createLoopFeeds({ steps: 2, vocabularySize: 8, chances: [0.5] })).toThrow(
    'a loop of 2 steps needs as many chances, and got 1',
  )
  expect(createLoopFeeds({ steps: 2, vocabularySize: 8, topK: 1 }).chances.data).toHaveLength(0)
})
