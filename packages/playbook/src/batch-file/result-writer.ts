import type { FileHandle } from 'node:fs/promises'
import { toResultsError } from './disk-errors.ts'
import type { Journal } from './journal.ts'

/** A result as a line of the file. */
interface ResultLine {
  readonly id: string
  /** With its line feed. */
  readonly text: string
  /** Tokens that it took. */
  readonly tokens: number
}

/** Writes results so that a crash at any moment loses none of those that were added. */
export interface ResultWriter {
  /**
   * Keeps results: in the file, or, in the order of the requests, in the journal until all before
   * them have one.
   */
  add(results: readonly ResultLine[]): Promise<void>
  /** Writes what the journal holds and what needs not wait any more. */
  writeWaiting(): Promise<void>
}

interface WriterOptions {
  readonly file: FileHandle
  /** The path of the file, for messages. */
  readonly path: string
  readonly journal: Journal
  readonly order: 'finished' | 'input'
}

/** Characters of results that are read from the journal at a time, if there is more than one. */
const mostCharacters = 2 ** 20

export function resultWriter({ file, path, journal, order }: WriterOptions): ResultWriter {
  let { resultBytes } = journal

  async function append(texts: readonly string[]): Promise<void> {
    const bytes = Buffer.from(texts.join(''))
    try {
      await file.appendFile(bytes)
    } catch (cause) {
      throw toResultsError(cause, path)
    }
    resultBytes += bytes.length
  }

  async function writeWaiting(): Promise<void> {
    const end = order === 'input' ? journal.firstMissing : Infinity
    for (;;) {
      const waiting = journal.readWaiting(end, mostCharacters)
      const last = waiting.at(-1)
      if (!last) return
      await append(waiting.map(({ text }) => text))
      journal.removeWaiting({ lastLine: last.line, resultBytes })
    }
  }

  return {
    async add(results) {
      const tokens = results.reduce((sum, result) => sum + result.tokens, 0)
      if (order === 'input') {
        journal.noteWaiting(results, tokens)
        return writeWaiting()
      }
      await append(results.map(({ text }) => text))
      journal.noteWritten({ ids: results.map(({ id }) => id), resultBytes, tokens })
    },
    writeWaiting,
  }
}
