import { type FileHandle, open, stat } from 'node:fs/promises'
import { type Model, NanoError } from '@nano/core'
import { countTokens } from '../count-tokens.ts'
import { batch, type BatchOptions, type BatchSummary } from './batch.ts'
import type { BatchItem } from './batch-item.ts'
import { readRequestLines, toBatchItem, writeResultLine } from './batch-lines.ts'
import { openJournal, type Journal } from './journal.ts'

/** Options of `batchFile()`. */
export interface BatchFileOptions extends Omit<BatchOptions, 'onProgress' | 'total'> {
  /** The path of the requests, JSONL as OpenAI's batches have it. */
  readonly input: string
  /** The path of the results, which are added to it line by line. */
  readonly output: string
  /** The path of the journal, by which the batch goes on; `OUTPUT.journal` by default. */
  readonly journal?: string
  /** Called after each result; `total` is the number of requests. */
  readonly onProgress?: (progress: FileProgress) => void
}

/** How far a batch of a file is, over all its runs. */
export interface FileProgress {
  readonly total: number
  /** Results in the file, those of earlier runs included. */
  readonly finished: number
  /** Results with an error, of this run. */
  readonly failed: number
  /** Tokens of this run. */
  readonly tokens: number
}

/**
 * Runs the requests of a file and writes a line for each. A run that was ended, by a crash too, is
 * taken up by calling this again: each request has one line in the end, and at most those that were
 * with the model are computed twice.
 *
 * Throws before any work: `invalid-request` for a line that is no request and for a `custom_id`
 * that is there twice, `not-found` for a file that cannot be read, `unavailable` where another
 * process works on the same batch. Then what `batch()` throws.
 */
export async function batchFile(
  model: Model,
  { input, output, journal: journalPath = `${output}.journal`, ...options }: BatchFileOptions,
): Promise<BatchSummary> {
  const journal = openJournal(journalPath)
  let results: FileHandle | undefined
  try {
    const total = await journal.addRequests(readRequestLines(input))
    results = await openResults(output, journal)
    return await runRequests(model, { input, results, journal, total, options })
  } finally {
    await results?.close()
    journal.close()
  }
}

interface Run {
  readonly input: string
  readonly results: FileHandle
  readonly journal: Journal
  readonly total: number
  readonly options: Omit<BatchFileOptions, 'input' | 'output' | 'journal'>
}

async function runRequests(
  model: Model,
  { input, results, journal, total, options: { onProgress, ...options } }: Run,
): Promise<BatchSummary> {
  const facts = { model: model.info.model ?? model.name, created: Math.floor(Date.now() / 1_000) }
  let bytes = journal.resultBytes
  const replies = batch(model, unfinishedItems(input, journal), {
    ...options,
    total: total - journal.finishedCount,
  })
  let [failed, tokens] = [0, 0]
  for (;;) {
    const { value, done } = await replies.next()
    if (done) return value
    const line = Buffer.from(writeResultLine(value, facts))
    await results.appendFile(line)
    bytes += line.length
    journal.finish(value.id, bytes)
    if (value.error) failed++
    if (value.reply) tokens += countTokens(value.reply)
    onProgress?.({ total, finished: journal.finishedCount, failed, tokens })
  }
}

async function* unfinishedItems(input: string, journal: Journal): AsyncGenerator<BatchItem> {
  for await (const line of readRequestLines(input))
    if (!journal.isFinished(line.id)) yield toBatchItem(line)
}

/** Opens the file of results and drops what a crash has left half written. */
async function openResults(path: string, { isNew, resultBytes }: Journal): Promise<FileHandle> {
  const size = await stat(path).then(
    (stats) => stats.size,
    () => 0,
  )
  if (size < resultBytes)
    throw new NanoError(
      'invalid-request',
      `batch: ${path} has lost results: ${size} of ${resultBytes} bytes are there. ` +
        'Bring it back, or remove its journal to begin anew.',
    )
  if (isNew && size > 0)
    throw new NanoError(
      'invalid-request',
      `batch: ${path} has content that no journal knows of. Name another file.`,
    )
  const file = await open(path, 'a')
  await file.truncate(resultBytes)
  return file
}
