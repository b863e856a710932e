import { expect, it } from 'vitest'
import { toJournalError, toResultsError } from '../../src/batch-file/disk-errors.ts'

const sqliteError = (errcode: number) =>
  Object.assign(new Error('a text that may change'), { code: 'ERR_SQLITE_ERROR', errcode })

it.each([
  [5, 'unavailable', 'another process'],
  // The code of a recovery that another process does: 5, with a second byte.
  [261, 'unavailable', 'another process'],
  [6, 'unavailable', 'another process'],
  [8, 'invalid-request', 'Allow this user'],
  [10, 'unavailable', 'Check the disk'],
  [13, 'out-of-memory', 'the disk is full'],
  [14, 'not-found', 'Make its folder'],
  [26, 'invalid-request', 'remove it and the results'],
])('the code %i of SQLite is %s, with advice', (errcode, code, advice) => {
  const cause = sqliteError(errcode)
  expect(toJournalError(cause, '/a.journal')).toMatchObject({
    code,
    cause,
    message: expect.stringContaining(advice),
  })
  expect(String(toJournalError(cause, '/a.journal'))).toContain('/a.journal')
})

it('an error of something else stays as it is', () => {
  const cause = new Error('no more lines')
  expect(toJournalError(cause, '/a.journal')).toBe(cause)
})

it.each([
  ['ENOSPC', 'out-of-memory'],
  ['EACCES', 'invalid-request'],
  ['ENOENT', 'not-found'],
  ['EIO', 'unavailable'],
])('the error %s of the file of results is %s', (systemCode, code) => {
  const cause = Object.assign(new Error('write'), { code: systemCode })
  expect(toResultsError(cause, '/results.jsonl')).toMatchObject({
    code,
    cause,
    message: expect.stringContaining('/results.jsonl'),
  })
})
