import type { DatabaseSync } from 'node:sqlite'
import { type CacheStore, NanoError } from '@nano/core'
import { parseOptions } from '@nano/core/driver'
import * as z from 'zod/mini'
import { isEmpty, openDatabase, readNumber } from '../database.ts'

/** Options of `sqliteStore()`. */
export interface SqliteStoreOptions {
  /** Bytes of all keys and replies together; 1 GB by default. */
  readonly maxBytes?: number
  /** Milliseconds after which a reply is forgotten; without it, none is by its age. */
  readonly timeToLive?: number
}

/** A store of replies in a file, which several processes may have open. */
export interface SqliteStore extends CacheStore {
  /** Closes the file; what is asked afterwards fails. */
  close(): void
}

const optionsSchema = z.strictObject({
  maxBytes: z._default(z.number().check(z.minimum(0)), 1e9),
  timeToLive: z._default(z.number().check(z.positive()), Infinity),
})

/** Milliseconds that a process waits while another one writes. */
const busyTimeout = 1_000

/** In the header of the file: the letters `rply`. */
const applicationId = 0x72_70_6c_79

/**
 * Opens a store of replies for `cache()` in an SQLite file, or makes it. Where it would have more
 * than `maxBytes`, it forgets what nobody has asked for in the longest time. Throws
 * `invalid-request` for options that are not valid and for a file that is no store, `unavailable`
 * where another process keeps it locked.
 */
export function sqliteStore(path: string, options: SqliteStoreOptions = {}): SqliteStore {
  const { maxBytes, timeToLive } = parseOptions('sqliteStore', optionsSchema, options)
  const database = openStore(path)
  const find = database.prepare(
    'UPDATE replies SET used_at = ? WHERE key = ? AND written_at > ? RETURNING value',
  )
  const insert = database.prepare(
    'INSERT OR REPLACE INTO replies (key, value, bytes, written_at, used_at) ' +
      'VALUES (?, ?, ?, ?, ?)',
  )
  const sum = database.prepare('SELECT total(bytes) AS bytes FROM replies')
  const forgetOldest = database.prepare(
    'DELETE FROM replies WHERE key = (SELECT key FROM replies ORDER BY used_at LIMIT 1) ' +
      'RETURNING bytes',
  )
  const forgetExpired = database.prepare('DELETE FROM replies WHERE written_at <= ?')
  const oldest = () => (timeToLive === Infinity ? 0 : Date.now() - timeToLive)

  function makeRoom(): void {
    let bytes = Number(sum.get()?.['bytes'])
    while (bytes > maxBytes) bytes -= Number(forgetOldest.get()?.['bytes'] ?? bytes)
  }

  return {
    async get(key) {
      return find.get(Date.now(), key, oldest())?.['value']
    },
    async set(key, value) {
      const text = String(value)
      const size = Buffer.byteLength(key) + Buffer.byteLength(text)
      if (size > maxBytes) return
      const now = Date.now()
      database.exec('BEGIN IMMEDIATE')
      try {
        forgetExpired.run(oldest())
        insert.run(key, text, size, now, now)
        makeRoom()
        database.exec('COMMIT')
      } catch (error) {
        if (database.isTransaction) database.exec('ROLLBACK')
        throw error
      }
    },
    close: () => database.close(),
  }
}

function openStore(path: string): DatabaseSync {
  try {
    return openDatabase(path, {
      timeout: busyTimeout,
      begin: 'BEGIN IMMEDIATE',
      prepare: (database) => prepareTable(database, path),
    })
  } catch (cause) {
    if (NanoError.is(cause)) throw cause
    const isBusy = cause instanceof Error && busyCodes.includes(Reflect.get(cause, 'errcode'))
    throw isBusy
      ? new NanoError('unavailable', `sqliteStore: ${path} is locked by another process`, { cause })
      : new NanoError(
          'invalid-request',
          `sqliteStore: ${path} cannot be used as a store (${String(cause)}). ` +
            'Make its folder, allow this user to write there, or name another file.',
          { cause },
        )
  }
}

/** The codes of SQLite for a file that is busy, and for one that is locked. */
const busyCodes: readonly unknown[] = [5, 6]

function prepareTable(database: DatabaseSync, path: string): void {
  if (readNumber(database, 'PRAGMA application_id') === applicationId) return
  if (!isEmpty(database))
    throw new NanoError(
      'invalid-request',
      `sqliteStore: ${path} is a database of something else. Name another file.`,
    )
  database.exec(`
    PRAGMA application_id = ${applicationId};
    CREATE TABLE replies (
      key TEXT PRIMARY KEY,
      value TEXT NOT NULL,
      bytes INTEGER NOT NULL,
      written_at REAL NOT NULL,
      used_at REAL NOT NULL
    );
    CREATE INDEX replies_by_use ON replies (used_at, bytes);
    CREATE INDEX replies_by_age ON replies (written_at);
  `)
}
