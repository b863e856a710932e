import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout } from 'node:timers/promises'
import { cache, Model } from '@nano/core'
import { scripted } from '@nano/core/testing'
import { expect, it } from 'vitest'
import { temporaryFolder } from '../../../../test/shared/temporary-folder.ts'
import { sqliteStore, type SqliteStoreOptions } from '../../src/index.ts'

const folder = temporaryFolder()
let count = 0
const open = (options: SqliteStoreOptions = {}) =>
  sqliteStore(join(folder, `replies-${count++}.db`), options)

it('a store in a file gives a reply to a later process', async () => {
  const path = join(folder, 'kept.db')
  const ask = async () => {
    const store = sqliteStore(path)
    const model = new Model(scripted({ reply: () => [`${count++}`] }), cache(store))
    const reply = await model.generate({ messages: 'hi', sampling: { temperature: 0 } })
    await setTimeout(1)
    store.close()
    return reply
  }
  const [first, second] = [await ask(), await ask()]
  expect(second).toMatchObject({ text: first.text, cached: true })
})

it('a store in a file may be open twice', async () => {
  const path = join(folder, 'shared.db')
  const [one, other] = [sqliteStore(path), sqliteStore(path)]
  await Promise.all([one.set('a', '1'), other.set('b', '2')])
  expect([await one.get('b'), await other.get('a')]).toEqual(['2', '1'])
  one.close()
  other.close()
})

it('a store in a file forgets what nobody has asked for in the longest time', async () => {
  const store = open({ maxBytes: 20 })
  for (const key of ['a', 'b', 'c']) {
    await store.set(key, '12345')
    await setTimeout(2)
  }
  await store.get('a')
  await store.set('d', '12345')
  const values = await Promise.all(['a', 'b', 'c', 'd'].map((key) => store.get(key)))
  expect(values).toEqual(['12345', undefined, '12345', '12345'])
  store.close()
})

it('a store in a file forgets replies after their time', async () => {
  const store = open({ timeToLive: 20 })
  await store.set('a', '1')
  expect(await store.get('a')).toBe('1')
  await setTimeout(25)
  expect(await store.get('a')).toBeUndefined()
  store.close()
})

it('a database of something else is refused as it is', () => {
  const path = join(folder, 'notes.sqlite')
  const database = new DatabaseSync(path)
  database.exec('CREATE TABLE replies (text TEXT)')
  expect(() => sqliteStore(path)).toThrow('a database of something else')
  expect(database.prepare('SELECT name FROM sqlite_schema').all()).toHaveLength(1)
  database.close()
})

it('a file that is no store is refused with advice', () => {
  const path = join(folder, 'notes.txt')
  writeFileSync(path, 'These are notes, and no database at all.'.repeat(100))
  expect(() => sqliteStore(path)).toThrow(
    expect.objectContaining({
      code: 'invalid-request',
      message: expect.stringMatching(/notes\.txt.*another file/),
    }),
  )
})
