import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { NanoError } from '@nano/core'
import { isEmpty, openDatabase, readNumber } from '../database.ts'
import { toJournalError } from './disk-errors.ts'

/** In the header of the file: the letters `nano`. */
const applicationId = 0x6e61_6e6f
/** In the header of the file: the version of the tables. */
const tablesVersion = 2

/**
 * Opens the database of a journal, or makes it, and locks it. A database of something else is
 * refused as it is. Throws `unavailable` where another process works with it.
 */
export function openJournalDatabase(path: string): DatabaseSync {
  try {
    return openDatabase(path, {
      begin: 'PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE',
      prepare: (database) => prepareTables(database, path),
    })
  } catch (cause) {
    throw toJournalError(cause, path)
  }
}

function prepareTables(database: DatabaseSync, path: string): void {
  const id = readNumber(database, 'PRAGMA application_id')
  const version = readNumber(database, 'PRAGMA user_version')
  if (id === applicationId && version === tablesVersion) return
  if (id === applicationId)
    throw new NanoError(
      'invalid-request',
      `batch: the journal ${path} is of another version of @nano/playbook. Go on with that ` +
        'version, or remove the journal and the results to begin anew.',
    )
  if (!isEmpty(database))
    throw new NanoError(
      'invalid-request',
      `batch: ${path} is a database of something else. Name another journal.`,
    )
  database.exec(`
    PRAGMA application_id = ${applicationId};
    PRAGMA user_version = ${tablesVersion};
    CREATE TABLE requests (
      id TEXT PRIMARY KEY,
      line INTEGER NOT NULL,
      digest BLOB NOT NULL,
      is_finished INTEGER NOT NULL DEFAULT 0
    ) WITHOUT ROWID;
    CREATE TABLE waiting (line INTEGER PRIMARY KEY, text TEXT NOT NULL);
    CREATE TABLE state (
      one INTEGER PRIMARY KEY CHECK (one = 1),
      model TEXT,
      total INTEGER NOT NULL,
      finished INTEGER NOT NULL,
      result_bytes INTEGER NOT NULL,
      tokens INTEGER NOT NULL
    );
    INSERT INTO state VALUES (1, NULL, 0, 0, 0, 0);
  `)
}

/** Does all of the work, or nothing. */
export function transact(database: DatabaseSync, work: () => void): void {
  database.exec('BEGIN')
  try {
    work()
    database.exec('COMMIT')
  } catch (error) {
    rollBack(database)
    throw error
  }
}

/** Undoes a transaction. SQLite has done so itself after some errors, such as a full disk. */
export function rollBack(database: DatabaseSync): void {
  try {
    if (database.isTransaction) database.exec('ROLLBACK')
  } catch {
    // The error before it says more.
  }
}

/**
 * Prepares the query for the first line without a result. Only a batch in the order of its requests
 * needs the index, which costs time for each result.
 */
export function prepareFindMissing(database: DatabaseSync): StatementSync {
  database.exec('CREATE INDEX IF NOT EXISTS missing ON requests (line) WHERE is_finished = 0')
  return database.prepare('SELECT line FROM requests WHERE is_finished = 0 ORDER BY line LIMIT 1')
}
