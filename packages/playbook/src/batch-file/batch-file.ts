import type { FileHandle } from 'node:fs/promises'
import type { Model } from '@nano/core'
import { batchInGroups } from '../batch/batch.ts'
import { countTokens } from '../count-tokens.ts'
import type { BatchItem } from '../batch/batch-item.ts'
import type { BatchSummary } from '../batch/batch-summary.ts'
import { type BatchOptions, checkBatchFileOptions } from '../batch/options.ts'
import { readRequestLines, toBatchItem, writeResultLine } from './batch-lines.ts'
import { openJournal, type Journal } from './journal.ts'
import { resultWriter } from './result-writer.ts'
import { checkResults, openResults } from './results-file.ts'

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
  /** Requests that have a result, those of earlier runs included. */
  readonly finished: number
  /** Results with an error, of this run. */
  readonly failed: number
  /** Tokens of this run. */
  readonly tokens: number
}

/**
 * Runs the requests of a file and writes a line for each. A run that was ended, by a crash too, is
 * taken up by calling this again: each request has one line in the end, and at most those that were
 * with the model are computed twice. Lines that are added to the file between two calls are
 * requests of the batch; those that are added during a call wait for the next one.
 *
 * Throws before any work: `invalid-request` for options or a line that are not valid, for a
 * `custom_id` that is there twice, for another input or model than the batch began with, and for
 * results that are not those of the batch; `not-found` for a file that cannot be read;
 * `unavailable` where another process works on the same batch. Then what `batch()` throws, and an
 * error of the disk. A request whose error ends the whole batch has no line, and is run again by
 * the next call.
 */
export async function batchFile(model: Model, options: BatchFileOptions): Promise<BatchSummary> {
  checkBatchFileOptions(options)
  const { input, output, journal: journalPath = `${output}.journal`, ...batchOptions } = options
  const journal = openJournal(journalPath)
  try {
    // Before anything is noted: a later call would take the content for that of this batch.
    await checkResults(output, journal)
    const total = await journal.addRequests(readRequestLines(input), nameModel(model))
    const results = await openResults(output, journal)
    try {
      return await runRequests(model, {
        input,
        output,
        results,
        journal,
        total,
        options: batchOptions,
      })
    } finally {
      await results.close()
    }
  } finally {
    journal.close()
  }
}

interface Run {
  readonly input: string
  readonly output: string
  readonly results: FileHandle
  readonly journal: Journal
  readonly total: number
  readonly options: Omit<BatchFileOptions, 'input' | 'output' | 'journal'>
}

async function runRequests(
  model: Model,
  { input, output, results, journal, total, options }: Run,
): Promise<BatchSummary> {
  const { onProgress, order = 'finished', tokenLimit = Infinity, ...batchOptions } = options
  const writer = resultWriter({ file: results, path: output, journal, order })
  // Results of an earlier run: all are written with order 'finished', or once none is missing.
  await writer.writeWaiting()
  const tokensLeft = tokenLimit - journal.tokens
  if (tokensLeft <= 0) return { ...noWork, isComplete: journal.finishedCount === total }
  const facts = { model: nameModel(model), created: Math.floor(Date.now() / 1_000) }
  const items = unfinishedItems({ input, journal, total })
  const replies = batchInGroups(model, items, {
    ...batchOptions,
    total: total - journal.finishedCount,
    ...(tokensLeft < Infinity && { tokenLimit: tokensLeft }),
  })
  let finished = journal.finishedCount
  let [failed, tokens] = [0, 0]
  try {
    for (;;) {
      const { value, done } = await replies.next()
      if (done) {
        await writer.writeWaiting()
        return { ...value, isComplete: finished === total }
      }
      const newLines = value.map((result) => ({
        id: result.id,
        text: writeResultLine(result, facts),
        tokens: result.reply ? countTokens(result.reply) : 0,
      }))
      await writer.add(newLines)
      for (const [index, { error }] of value.entries()) {
        finished++
        if (error) failed++
        tokens += newLines[index]?.tokens ?? 0
        onProgress?.({ total, finished, failed, tokens })
      }
    }
  } finally {
    // After an error, requests are with the model still.
    await replies.return(noWork)
  }
}

const noWork: BatchSummary = { finished: 0, failed: 0, tokens: 0, isComplete: false, levels: [] }

function nameModel({ info, name }: Model): string {
  return info.model ?? name
}

/** The requests without a result. Lines that were added to the file since are left alone. */
async function* unfinishedItems({
  input,
  journal,
  total,
}: Pick<Run, 'input' | 'journal' | 'total'>): AsyncGenerator<BatchItem> {
  let count = 0
  for await (const line of readRequestLines(input)) {
    if (journal.needsResult(line)) yield toBatchItem(line)
    if (++count === total) return
  }
}
