import { createHash } from 'node:crypto'
import { closeSync, openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { sharedData } from '../../../test/shared/data.ts'
import { readProblems } from '../../../test/shared/scores.ts'
import { gguf } from '../src/index.ts'

it('the files are GGUF, smaller with each quantisation', () => {
  const sizes = Object.values(gguf).map((path) => {
    expect(firstBytes(path, 4), path).toBe('GGUF')
    return statSync(path).size
  })
  expect(sizes).toEqual(sizes.toSorted((a, b) => b - a))
})

it('every file together takes 8 MB at most', () => {
  const folder = dirname(gguf.F16)
  const sizes = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => statSync(join(folder, name)))
    .filter((found) => found.isFile())
    .map(({ size }) => size)
  expect(sizes.length).toBeGreaterThan(15)
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(8_000_000)
})

const given = sharedData('tiny/problems.jsonl')
describe.each([
  { name: 'its own problems', path: 'packages/tiny/problems.jsonl', missing: undefined },
  { name: 'the problems it was given', ...given },
])('$name', ({ path, missing }) => {
  it.skipIf(missing)(
    `are in no training sample: each has its digest among those held out${missing ? ` [${missing}]` : ''}`,
    () => {
      const heldOut = new Set(
        readFileSync('packages/tiny/training/held-out.txt', 'utf8').trim().split('\n'),
      )
      const digest = (question: string) =>
        createHash('sha256').update(question).digest('hex').slice(0, 16)
      expect(
        readProblems(path).filter(({ question = '' }) => !heldOut.has(digest(question))),
      ).toEqual([])
    },
  )
})

function firstBytes(path: string, count: number): string {
  const file = openSync(path, 'r')
  try {
    const bytes = Buffer.alloc(count)
    readSync(file, bytes)
    return bytes.toString('latin1')
  } finally {
    closeSync(file)
  }
}
