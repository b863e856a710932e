import { DatabaseSync } from 'node:sqlite'

interface DatabaseOptions {
  /** Milliseconds to wait for a lock of another process. */
  readonly timeout?: number
  /** Locks the database before it is read, so that of two that begin at once one goes on. */
  readonly begin: string
  /** Makes the tables, or throws for a database of something else. */
  readonly prepare: (database: DatabaseSync) => void
}

/** Opens a database, or makes it. Throws what SQLite and `prepare` throw, with nothing changed. */
export function openDatabase(
  path: string,
  { timeout = 0, begin, prepare }: DatabaseOptions,
): DatabaseSync {
  const database = new DatabaseSync(path, { timeout })
  try {
    database.exec(begin)
    prepare(database)
    database.exec('COMMIT; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL')
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

/** Whether nothing has made tables in a database yet. */
export function isEmpty(database: DatabaseSync): boolean {
  const hasOwner = readNumber(database, 'PRAGMA application_id') !== 0
  return !hasOwner && readNumber(database, 'SELECT count(*) FROM sqlite_schema') === 0
}

/** The one number that a query gives. */
export function readNumber(database: DatabaseSync, query: string): number {
  const [value] = Object.values(database.prepare(query).get() ?? {})
  return Number(value)
}
