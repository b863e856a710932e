import { createHash } from 'node:crypto'
import type { Message } from '@nano/core'

/** A summary that was written before, and for how many of the first turns it stands. */
interface KnownSummary {
  readonly text: string
  readonly turnCount: number
}

/** The summaries of the conversations that were seen last. */
interface SummaryMemory {
  /** The summary of most of the first turns, if any, by whoever writes for `lora`. */
  find(turns: readonly (readonly Message[])[], lora?: string): KnownSummary | undefined
  add(turns: readonly (readonly Message[])[], summary: NewSummary): void
}

interface NewSummary {
  readonly text: string
  readonly lora: string | undefined
}

/** Beyond so many, the one that was not asked for in the longest time is forgotten. */
const mostSummaries = 256

export function summaryMemory(): SummaryMemory {
  /** By a digest of the turns. */
  const summaries = new Map<string, KnownSummary>()

  function put(digest: string, summary: KnownSummary): void {
    summaries.delete(digest)
    summaries.set(digest, summary)
    const [oldest] = summaries.keys()
    if (summaries.size > mostSummaries && oldest !== undefined) summaries.delete(oldest)
  }

  return {
    find(turns, lora) {
      // The last turn is the one to answer.
      const digests = digestPrefixes(turns.slice(0, -1), lora)
      const digest = digests.findLast((prefix) => summaries.has(prefix))
      const summary = digest === undefined ? undefined : summaries.get(digest)
      if (digest !== undefined && summary) put(digest, summary)
      return summary
    },
    add(turns, { text, lora }) {
      const digest = digestPrefixes(turns, lora).at(-1)
      if (digest !== undefined) put(digest, { text, turnCount: turns.length })
    },
  }
}

/** One digest for the first turn, one for the first two, and so on. */
function digestPrefixes(turns: readonly (readonly Message[])[], lora = ''): readonly string[] {
  const hash = createHash('sha256').update(JSON.stringify(lora))
  return turns.map((turn) => {
    hash.update(JSON.stringify(turn))
    return hash.copy().digest('base64')
  })
}
