import { type ErrorCode, NanoError } from '@nano/core'

/** What an error means, and what to do: the message has it after the path of the file. */
type Advice = readonly [code: ErrorCode, text: string]

const busyAdvice: Advice = ['unavailable', 'is used by another process. Wait for it, or end it.']
const fullDiskAdvice: Advice = [
  'out-of-memory',
  'cannot be written: the disk is full. Free some space and call again; the batch goes on.',
]
const forbiddenAdvice: Advice = [
  'invalid-request',
  'cannot be written. Allow this user to write to it and to its folder, or name another path.',
]
const missingFolderAdvice: Advice = [
  'not-found',
  'cannot be opened. Make its folder, and allow this user to write there.',
]
const brokenJournalAdvice: Advice = [
  'invalid-request',
  'is no journal of a batch, or is broken. Name another path, or remove it and the results to ' +
    'begin anew.',
]

/**
 * By the primary result code: busy, locked, readonly, corrupt, full, cantopen, notadb.
 *
 * @see https://sqlite.org/rescode.html
 */
const sqliteAdvice: ReadonlyMap<number, Advice> = new Map<number, Advice>([
  [5, busyAdvice],
  [6, busyAdvice],
  [8, forbiddenAdvice],
  [11, brokenJournalAdvice],
  [13, fullDiskAdvice],
  [14, missingFolderAdvice],
  [26, brokenJournalAdvice],
])

const fileAdvice: ReadonlyMap<string, Advice> = new Map<string, Advice>([
  ['ENOSPC', fullDiskAdvice],
  ['EDQUOT', fullDiskAdvice],
  ['EACCES', forbiddenAdvice],
  ['EPERM', forbiddenAdvice],
  ['EROFS', forbiddenAdvice],
  ['EISDIR', forbiddenAdvice],
  ['ENOENT', missingFolderAdvice],
])

const generalAdvice: Advice = ['unavailable', 'cannot be used now. Check the disk, and call again.']

/** An error of SQLite with advice, and any other error as it is. */
export function toJournalError(cause: unknown, path: string): unknown {
  if (!(cause instanceof Error) || Reflect.get(cause, 'code') !== 'ERR_SQLITE_ERROR') return cause
  // The lowest byte is the primary code, the others say more of the place.
  const code = Number(Reflect.get(cause, 'errcode')) & 0xff
  return adviseOn(cause, `the journal ${path}`, sqliteAdvice.get(code) ?? generalAdvice)
}

/** An error of the file of results, with advice. */
export function toResultsError(cause: unknown, path: string): NanoError {
  const code = cause instanceof Error ? String(Reflect.get(cause, 'code')) : ''
  return adviseOn(cause, `the file of results ${path}`, fileAdvice.get(code) ?? generalAdvice)
}

function adviseOn(cause: unknown, what: string, [code, text]: Advice): NanoError {
  return new NanoError(code, `batch: ${what} ${text} (${String(cause)})`, { cause })
}
