import { createHash } from 'node:crypto'
import { closeSync, openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { sharedData } from '../../../test/shared/shared-data.ts'
import { readProblems } from '../../../test/shared/problem-scores.ts'
import { gguf } from '../src/index.ts'

it('every file is a GGUF, each smaller than the one before', () => {
  const sizes = Object.values(gguf).map((path) => {
    expect(readFirstBytes(path, 4), path).toBe('GGUF')
    return statSync(path).size
  })
  expect(sizes).toEqual(sizes.toSorted((a, b) => b - a))
})

it('all files of the package together are smaller than 8 MB', () => {
  const folder = dirname(gguf.F16)
  const sizes = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => statSync(join(folder, name)))
    .filter((stats) => stats.isFile())
    .map(({ size }) => size)
  expect(sizes.length).toBeGreaterThan(15)
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(8_000_000)
})

describe.each([
  { name: 'the problems of the package', path: 'packages/tiny/problems.jsonl', missing: undefined },
  { name: 'the problems beside the project', ...sharedData('tiny/problems.jsonl') },
])('$name', ({ path, missing }) => {
  it.skipIf(missing)(
    `are in no training sample: held-out.txt has their digests${missing ? ` [${missing}]` : ''}`,
    () => {
      const heldOutDigests = new Set(
        readFileSync('packages/tiny/training/held-out.txt', 'utf8').trim().split('\n'),
      )
      expect(
        readProblems(path).filter(({ question = '' }) => !heldOutDigests.has(digestOf(question))),
      ).toEqual([])
    },
  )
})

function digestOf(question: string): string {
  return createHash('sha256').update(question).digest('hex').slice(0, 16)
}

function readFirstBytes(path: string, count: number): string {
  const file = openSync(path, 'r')
  try {
    const bytes = Buffer.alloc(count)
    readSync(file, bytes)
    return bytes.toString('latin1')
  } finally {
    closeSync(file)
  }
}
