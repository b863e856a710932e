import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { realFolder } from '../../scripts/real-models/cache-folder.ts'
import { findDifference } from './differences.ts'
import { type Answer, nameTest, type Reply } from './replies.ts'

/** One way to run a model. */
export interface Backend {
  readonly name: string
  readonly ask: () => Promise<readonly Reply[]>
  /** Why it cannot run here. */
  readonly missing: string | undefined
}

interface Comparison {
  /** Names the files of the results. */
  readonly model: string
  readonly backends: readonly Backend[]
  readonly answers: readonly Answer[]
}

/**
 * Tests that a model gives the replies of transformers on every backend, and the same ones on every
 * two. What came out is written to the folder `results` of the real models.
 */
export function testSameReplies({ model, backends, answers }: Comparison): void {
  const repliesByBackend = new Map<Backend, Promise<readonly Reply[]>>()
  const seconds = new Map<string, number>()
  const repliesOf = (backend: Backend) => {
    const replies = repliesByBackend.get(backend) ?? measureReplies(backend)
    repliesByBackend.set(backend, replies)
    return replies
  }
  const measureReplies = async ({ name, ask }: Backend) => {
    const startedAt = performance.now()
    const replies = await ask()
    seconds.set(name, Math.round((performance.now() - startedAt) / 1_000))
    writeResults(`${model}/${name}`, replies)
    return replies
  }
  const differences: object[] = []
  const pairCounts: object[] = []

  for (const backend of backends) {
    const { name, missing } = backend
    it.skipIf(missing)(nameTest(`answers as transformers on ${name}`, missing), async () => {
      const replies = await repliesOf(backend)
      expect(replies).toHaveLength(answers.length)
      const backendDifferences = answers.flatMap((answer, index) => {
        const difference = findDifference(answer, replies[index])
        return difference ? [{ backend: name, index, ...difference }] : []
      })
      differences.push(...backendDifferences)
      expect(backendDifferences).toEqual([])
    })
  }

  for (const [first, second] of pairs(backends)) {
    const missing = first.missing ?? second.missing
    const name = `gives ${answers.length} of ${answers.length} equal replies`
    it.skipIf(missing)(
      nameTest(`${name} on ${first.name} and ${second.name}`, missing),
      async () => {
        const [firstReplies, secondReplies] = [await repliesOf(first), await repliesOf(second)]
        const different = firstReplies.flatMap((reply, index) =>
          isEqual(reply, secondReplies[index])
            ? []
            : [{ index, reply, other: secondReplies[index] }],
        )
        const equal = firstReplies.length - different.length
        pairCounts.push({ first: first.name, second: second.name, equal, of: firstReplies.length })
        expect(different).toEqual([])
      },
    )
  }

  afterAll(() => {
    if (answers.length === 0) return
    const tokens = answers.reduce((sum, answer) => sum + answer.tokens.length, 0)
    writeResults(model, {
      replies: answers.length,
      tokensPerReply: tokens / answers.length,
      seconds: Object.fromEntries(seconds),
      differences,
      pairs: pairCounts,
    })
  })
}

function writeResults(name: string, results: unknown): void {
  const path = join(realFolder(), 'results', `${name.replaceAll(/[^\w/.-]+/g, '-')}.json`)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, `${JSON.stringify(results, undefined, 2)}\n`)
}

function isEqual(reply: Reply, otherReply: Reply | undefined): boolean {
  return JSON.stringify(reply) === JSON.stringify(otherReply)
}

function pairs<T>(items: readonly T[]): readonly (readonly [T, T])[] {
  return items.flatMap((first, index) =>
    items.slice(index + 1).map((second) => [first, second] as const),
  )
}
