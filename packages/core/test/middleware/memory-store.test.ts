import { expect, it } from 'vitest'
import { memoryStore } from '../../src/index.ts'

it('a memory store forgets what nobody has asked for in the longest time', async () => {
  const store = memoryStore({ maxBytes: 40 })
  for (const key of ['a', 'b', 'c']) await store.set(key, '12345')
  await store.get('a')
  await store.set('d', '12345')
  const values = await Promise.all(['a', 'b', 'c', 'd'].map((key) => store.get(key)))
  expect(values).toEqual(['12345', undefined, '12345', '12345'])
})

it('a memory store keeps nothing that is larger than it is', async () => {
  const store = memoryStore({ maxBytes: 40 })
  await store.set('a', '12345')
  await store.set('b', 'x'.repeat(100))
  expect([await store.get('a'), await store.get('b')]).toEqual(['12345', undefined])
})

it('a memory store counts what is overwritten once', async () => {
  const store = memoryStore({ maxBytes: 40 })
  await store.set('a', '12345')
  for (let count = 0; count < 100; count++) await store.set('b', `${count}`)
  expect([await store.get('a'), await store.get('b')]).toEqual(['12345', '99'])
})
