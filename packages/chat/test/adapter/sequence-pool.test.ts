import { expect, it } from 'vitest'
import { sequencePool } from '@nano/chat/engine'

const { signal } = new AbortController()

it('a conversation finds the sequence whose last prompt it continues', async () => {
  const pool = sequencePool(['a', 'b', 'c'])
  const [first, second] = [await pool.take([1, 2], signal), await pool.take([1, 3], signal)]
  pool.release(first)
  pool.release(second)
  expect((await pool.take([1, 3, 4], signal)).sequence).toBe(second.sequence)
  expect((await pool.take([1, 2, 4], signal)).sequence).toBe(first.sequence)
})

it('a new conversation takes the sequence that was unused for longest', async () => {
  const pool = sequencePool(['a', 'b'])
  const leases = []
  for (const prompt of [
    [1, 2],
    [1, 3],
    [1, 4],
    [1, 4, 5],
    [1, 6],
  ]) {
    const slot = await pool.take(prompt, signal)
    leases.push(slot.sequence)
    pool.release(slot)
  }
  expect(leases).toEqual(['a', 'b', 'a', 'a', 'b'])
})

it('a prompt that a state brought is continued too', async () => {
  const pool = sequencePool(['a', 'b'])
  const slot = await pool.take([], signal)
  slot.prompt = [7, 8]
  pool.release(slot)
  expect((await pool.take([7, 8, 9], signal)).sequence).toBe('a')
})
