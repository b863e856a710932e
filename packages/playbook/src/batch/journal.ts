import { DatabaseSync } from 'node:sqlite'
import { NanoError } from '@nano/core'

/** What a batch remembers on the disk, so that it can go on after a crash. */
export interface Journal {
  /** No batch has begun with it. */
  readonly isNew: boolean
  /** Bytes of the file of results that are certain; what is behind them was being written. */
  readonly resultBytes: number
  /** Requests that have a result. */
  readonly finishedCount: number
  /**
   * Notes the requests of the batch and where they are, all or none; resolves to their number.
   * Throws `invalid-request` for an id that is there twice, and where an earlier run had other
   * requests.
   */
  addRequests(lines: AsyncIterable<RequestPlace>): Promise<number>
  isFinished(id: string): boolean
  /** Notes a result that the file of results now holds, up to so many bytes. */
  finish(id: string, resultBytes: number): void
  close(): void
}

/** A request and the number of its line. */
interface RequestPlace {
  readonly id: string
  readonly number: number
}

/**
 * Opens the journal at a path, or makes it. It takes no memory for a request. Throws `unavailable`
 * where another process works with it, and `invalid-request` for a file that is no journal.
 */
export function openJournal(path: string): Journal {
  const database = openDatabase(path)
  const insert = database.prepare(
    'INSERT INTO requests (id, line) VALUES (?, ?) ON CONFLICT DO NOTHING',
  )
  const find = database.prepare('SELECT line, is_finished FROM requests WHERE id = ?')
  const markFinished = database.prepare('UPDATE requests SET is_finished = 1 WHERE id = ?')
  const setState = database.prepare('UPDATE state SET finished = finished + 1, result_bytes = ?')
  const state = database.prepare('SELECT finished, result_bytes FROM state')
  const isNew = database.prepare('SELECT 1 FROM requests LIMIT 1').get() === undefined

  async function addAll(lines: AsyncIterable<RequestPlace>): Promise<number> {
    let count = 0
    for await (const { id, number } of lines) {
      count++
      if (insert.run(id, number).changes > 0) continue
      const knownNumber = Number(find.get(id)?.['line'])
      if (knownNumber !== number)
        throw new NanoError(
          'invalid-request',
          `batch: the custom_id ${JSON.stringify(id)} of line ${number} is that of line ` +
            `${knownNumber} too, or was when the batch began. Give each request its own, or ` +
            `remove ${path} to begin anew.`,
        )
    }
    return count
  }

  return {
    isNew,
    get resultBytes() {
      return Number(state.get()?.['result_bytes'])
    },
    get finishedCount() {
      return Number(state.get()?.['finished'])
    },
    async addRequests(lines) {
      database.exec('BEGIN')
      try {
        const count = await addAll(lines)
        database.exec('COMMIT')
        return count
      } catch (error) {
        database.exec('ROLLBACK')
        throw error
      }
    },
    isFinished: (id) => find.get(id)?.['is_finished'] === 1,
    finish(id, resultBytes) {
      database.exec('BEGIN')
      markFinished.run(id)
      setState.run(resultBytes)
      database.exec('COMMIT')
    },
    close: () => database.close(),
  }
}

function openDatabase(path: string): DatabaseSync {
  let database: DatabaseSync | undefined
  try {
    database = new DatabaseSync(path)
    database.exec(`
      PRAGMA locking_mode = EXCLUSIVE;
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = NORMAL;
      CREATE TABLE IF NOT EXISTS requests (
        id TEXT PRIMARY KEY, line INTEGER NOT NULL, is_finished INTEGER NOT NULL DEFAULT 0
      ) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS state (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        finished INTEGER NOT NULL,
        result_bytes INTEGER NOT NULL
      );
      INSERT OR IGNORE INTO state VALUES (1, 0, 0);
    `)
    return database
  } catch (cause) {
    database?.close()
    const isLocked = cause instanceof Error && /locked|busy/.test(cause.message)
    throw isLocked
      ? new NanoError(
          'unavailable',
          `batch: another process works with the journal ${path}. Wait for it, or end it.`,
          { cause },
        )
      : new NanoError(
          'invalid-request',
          `batch: the journal ${path} cannot be used (${String(cause)}). ` +
            'Remove it to begin anew, or name another one.',
          { cause },
        )
  }
}
