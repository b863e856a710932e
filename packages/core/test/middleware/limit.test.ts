import { expect, it } from 'vitest'
import { limit, Model, type Part } from '../../src/index.ts'
import type { Driver } from '../../src/driver/index.ts'
import { scripted } from '../../src/testing/index.ts'
import { finish } from './drivers.ts'

it('limit holds a slot until its stream ends, first come first served', async () => {
  let openCount = 0
  let largestCount = 0
  const busyDriver: Driver = {
    ...scripted(),
    async *stream({ messages }) {
      largestCount = Math.max(largestCount, ++openCount)
      try {
        await new Promise((resolve) => setTimeout(resolve, 2))
        yield { type: 'text', text: (messages[0] as { content: string }).content }
        yield finish
      } finally {
        openCount--
      }
    },
  }
  const model = new Model(busyDriver, limit(2))
  const order: string[] = []
  const replies = await Promise.all(
    [...'abcdefgh'].map(async (name) => {
      const reply = await model.generate(name)
      order.push(reply.text)
      return reply
    }),
  )
  expect(largestCount).toBe(2)
  expect(order.join('')).toBe('abcdefgh')
  expect(replies.at(-1)?.timings.waiting).toBeGreaterThan(2)
})
it('limit takes one slot for a reader who does not wait between its steps', async () => {
  const driver = limit(1)(scripted({ reply: () => ['a', 'b'] }))
  const readParts = async () => {
    const parts = driver
      .stream(
        { messages: [{ role: 'user', content: 'hi' }] },
        { signal: AbortSignal.timeout(5_000) },
      )
      [Symbol.asyncIterator]()
    return (await Promise.all([1, 2, 3, 4].map(() => parts.next()))).map(({ value, done }) =>
      done ? 'done' : (value as Part).type,
    )
  }
  expect([await readParts(), await readParts()]).toEqual([
    ['text', 'text', 'finish', 'done'],
    ['text', 'text', 'finish', 'done'],
  ])
})
it('limit forgets who leaves the queue', async () => {
  const model = new Model(scripted({ reply: () => ['a', 'b', 'c'] }), limit(1))
  const openStream = model.stream('first')
  await openStream.next()
  const abort = new AbortController()
  const waitingReply = model.generate('second', { signal: abort.signal })
  const thirdReply = model.generate('third')
  abort.abort('bored')
  await expect(waitingReply).rejects.toBe('bored')
  await openStream.return()
  expect((await thirdReply).text).toBe('abc')
})
