import { type FileHandle, open, stat, truncate } from 'node:fs/promises'
import { NanoError } from '@nano/core'
import { resultLineStart } from './batch-lines.ts'
import { toResultsError } from './disk-errors.ts'
import type { Journal } from './journal.ts'

/** Throws `invalid-request` for a file of results that is not that of the batch. */
export async function checkResults(
  path: string,
  { isNew, resultBytes }: Pick<Journal, 'isNew' | 'resultBytes'>,
): Promise<void> {
  const size = await measureFile(path)
  if (size < resultBytes)
    throw new NanoError(
      'invalid-request',
      `batch: ${path} has lost results: ${size} of ${resultBytes} bytes are there. ` +
        'Bring it back, or remove it and its journal to begin anew.',
    )
  if (resultBytes > 0 || size === 0) return
  // A crash in the middle of the first line leaves a part of it.
  if (isNew || !(await beginsWithResult(path)))
    throw new NanoError(
      'invalid-request',
      `batch: ${path} has content that no journal knows of. Name another file.`,
    )
}

/** Opens the file of results and drops what a crash has left half written. */
export async function openResults(
  path: string,
  { resultBytes }: Pick<Journal, 'resultBytes'>,
): Promise<FileHandle> {
  try {
    // Windows does not truncate a file that is open to be appended to.
    if ((await measureFile(path)) > resultBytes) await truncate(path, resultBytes)
    return await open(path, 'a')
  } catch (cause) {
    throw NanoError.is(cause) ? cause : toResultsError(cause, path)
  }
}

/** Bytes of a file; 0 where there is none. */
async function measureFile(path: string): Promise<number> {
  try {
    return (await stat(path)).size
  } catch (cause) {
    if (cause instanceof Error && Reflect.get(cause, 'code') === 'ENOENT') return 0
    throw toResultsError(cause, path)
  }
}

async function beginsWithResult(path: string): Promise<boolean> {
  const file = await open(path).catch((cause: unknown) => {
    throw toResultsError(cause, path)
  })
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(resultLineStart.length))
    return resultLineStart.startsWith(buffer.toString('utf8', 0, bytesRead))
  } finally {
    await file.close()
  }
}
