import type { StatementSync } from 'node:sqlite'
import { NanoError } from '@nano/core'
import { toJournalError } from './disk-errors.ts'
import { openJournalDatabase, prepareFindMissing, rollBack, transact } from './journal-database.ts'

/** What a batch remembers on the disk, so that it can go on after a crash. */
export interface Journal {
  /** No batch has begun with it. */
  readonly isNew: boolean
  /** Bytes of the file of results that are certain; what is behind them was being written. */
  readonly resultBytes: number
  /** Requests that have a result. */
  readonly finishedCount: number
  /** Tokens of all runs, of prompts and replies. */
  readonly tokens: number
  /** The line of the first request without a result; `Infinity` where each has one. */
  readonly firstMissing: number
  /**
   * Notes the requests of the batch and the name of its model, all or none; resolves to their
   * number. Throws `invalid-request` for an id that is there twice, and where an earlier run had
   * other requests or another model. Requests may have been added at the end.
   */
  addRequests(lines: AsyncIterable<RequestPlace>, model: string): Promise<number>
  /**
   * Whether a request is one of the batch and has no result. Throws `invalid-request` for a line
   * that was another one when `addRequests` read it.
   */
  needsResult(line: RequestPlace): boolean
  /** Notes results that the file of results now holds, all or none. */
  noteWritten(results: FinishedRequests): void
  /** Keeps results that are not written yet, all or none, and the tokens of all of them. */
  noteWaiting(results: readonly WaitingResult[], tokens: number): void
  /**
   * The first results that wait, in the order of their lines, of lines before `end`: one, and more
   * as long as they have so many characters at most.
   */
  readWaiting(end: number, mostCharacters: number): readonly WaitingLine[]
  /** Notes that the file of results now holds those that waited, up to a line. */
  removeWaiting(written: { readonly lastLine: number; readonly resultBytes: number }): void
  close(): void
}

/** A request, the number of its line, and what tells the line from others. */
interface RequestPlace {
  readonly id: string
  readonly number: number
  readonly digest: Uint8Array
}

/** A result that is not written yet, and the line of its request. */
interface WaitingLine {
  readonly line: number
  readonly text: string
}

interface WaitingResult {
  readonly id: string
  readonly text: string
}

interface FinishedRequests {
  readonly ids: readonly string[]
  /** Bytes of the file of results up to the end of the last of them. */
  readonly resultBytes: number
  /** Tokens of all of them. */
  readonly tokens: number
}

/**
 * Opens the journal at a path, or makes it. It takes no memory for a request. Throws `unavailable`
 * where another process works with it, and `invalid-request` for a file that is no journal.
 */
export function openJournal(path: string): Journal {
  const database = openJournalDatabase(path)
  const insert = database.prepare(
    'INSERT INTO requests (id, line, digest) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
  )
  const find = database.prepare('SELECT line, digest, is_finished FROM requests WHERE id = ?')
  const markFinished = database.prepare(
    'UPDATE requests SET is_finished = 1 WHERE id = ? AND is_finished = 0',
  )
  const addResults = database.prepare(
    'UPDATE state SET finished = finished + ?, result_bytes = ?, tokens = tokens + ?',
  )
  const insertWaiting = database.prepare(
    'INSERT INTO waiting (line, text) SELECT line, ? FROM requests WHERE id = ?',
  )
  const findWaiting = database.prepare(
    'SELECT line, text FROM waiting WHERE line < ? ORDER BY line',
  )
  const deleteWaiting = database.prepare('DELETE FROM waiting WHERE line <= ?')
  const setBytes = database.prepare('UPDATE state SET result_bytes = ?')
  const begin = database.prepare('UPDATE state SET model = ?, total = ?')
  const state = database.prepare('SELECT * FROM state')

  const attempt = <T>(work: () => T): T => {
    try {
      return work()
    } catch (cause) {
      throw toJournalError(cause, path)
    }
  }
  const readState = (column: string) => attempt(() => state.get()?.[column] ?? undefined)
  const readCount = (column: string) => Number(readState(column))

  let findMissing: StatementSync | undefined

  /** Resolves to how many requests there are, and how many of them were there before. */
  async function addAll(
    lines: AsyncIterable<RequestPlace>,
  ): Promise<{ readonly total: number; readonly knownCount: number }> {
    let [total, knownCount] = [0, 0]
    for await (const line of lines) {
      total++
      if (Number(insert.run(line.id, line.number, line.digest).changes) > 0) continue
      knownCount++
      checkLine(line, find.get(line.id) ?? {}, path)
    }
    return { total, knownCount }
  }

  function markOne(id: string): void {
    if (Number(markFinished.run(id).changes) === 1) return
    throw new NanoError(
      'internal',
      `batch: the journal ${path} has no request ${JSON.stringify(id)} without a result`,
    )
  }

  return {
    get isNew() {
      return readState('model') === undefined
    },
    get resultBytes() {
      return readCount('result_bytes')
    },
    get finishedCount() {
      return readCount('finished')
    },
    get tokens() {
      return readCount('tokens')
    },
    get firstMissing() {
      return attempt(() => {
        findMissing ??= prepareFindMissing(database)
        return Number(findMissing.get()?.['line'] ?? Infinity)
      })
    },
    async addRequests(lines, model) {
      checkModel(model, readState('model'), path)
      try {
        database.exec('BEGIN')
        const { total, knownCount } = await addAll(lines)
        checkNoneIsLost(knownCount, readCount('total'), path)
        begin.run(model, total)
        database.exec('COMMIT')
        return total
      } catch (error) {
        rollBack(database)
        throw toJournalError(error, path)
      }
    },
    needsResult(line) {
      const entry = attempt(() => find.get(line.id))
      if (!entry) return false
      checkLine(line, entry, path)
      return entry['is_finished'] === 0
    },
    noteWritten: ({ ids, resultBytes, tokens }) =>
      attempt(() =>
        transact(database, () => {
          ids.forEach(markOne)
          addResults.run(ids.length, resultBytes, tokens)
        }),
      ),
    noteWaiting: (results, tokens) =>
      attempt(() =>
        transact(database, () => {
          for (const { id, text } of results) {
            markOne(id)
            insertWaiting.run(text, id)
          }
          addResults.run(results.length, readCount('result_bytes'), tokens)
        }),
      ),
    readWaiting: (end, mostCharacters) =>
      attempt(() => {
        const lines: WaitingLine[] = []
        let characters = 0
        for (const row of findWaiting.iterate(Math.min(end, Number.MAX_SAFE_INTEGER))) {
          const text = String(row['text'])
          characters += text.length
          if (lines.length > 0 && characters > mostCharacters) break
          lines.push({ line: Number(row['line']), text })
        }
        return lines
      }),
    removeWaiting: ({ lastLine, resultBytes }) =>
      attempt(() =>
        transact(database, () => {
          deleteWaiting.run(lastLine)
          setBytes.run(resultBytes)
        }),
      ),
    close: () => database.close(),
  }
}

/** Throws where the entry of an id is not that of the line. */
function checkLine(
  { id, number, digest }: RequestPlace,
  entry: Readonly<Record<string, unknown>>,
  path: string,
): void {
  const name = `the custom_id ${JSON.stringify(id)} of line ${number}`
  const knownNumber = Number(entry['line'])
  if (knownNumber !== number)
    throw new NanoError(
      'invalid-request',
      `batch: ${name} is that of line ${knownNumber} too, or was when the batch began. Give each ` +
        `request its own, or remove ${path} and the results to begin anew.`,
    )
  if (Buffer.compare(entry['digest'] as Uint8Array, digest) !== 0)
    throw new NanoError(
      'invalid-request',
      `batch: ${name} had another request when the batch began. Bring that line back, or remove ` +
        `${path} and the results to begin anew.`,
    )
}

function checkModel(model: string, knownModel: unknown, path: string): void {
  if (knownModel === undefined || knownModel === model) return
  throw new NanoError(
    'invalid-request',
    `batch: the batch began with the model ${String(knownModel)}, and this one is ${model}. ` +
      `Go on with the first one, or remove ${path} and the results to begin anew.`,
  )
}

function checkNoneIsLost(knownCount: number, earlierCount: number, path: string): void {
  if (knownCount >= earlierCount) return
  throw new NanoError(
    'invalid-request',
    `batch: the input has lost requests: ${knownCount} of ${earlierCount} are there. Bring ` +
      `them back, or remove ${path} and the results to begin anew.`,
  )
}
