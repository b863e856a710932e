import { type GenerateInput, type Model, NanoError } from '@nano/core'

/** What came of calls without a pause. */
interface ReaderResults {
  servedCount: number
  /** Calls that failed with an error they may fail with. */
  failedCount: number
  /** Milliseconds of the slowest call. */
  slowestTime: number
  /** Wrong replies, and errors that may not come. */
  readonly faults: string[]
}

export interface Readers {
  readonly results: ReaderResults
  stop(): Promise<void>
}

interface ReaderOptions {
  readonly count: number
  readonly request: GenerateInput
  /** Reasoning and text of the one right reply. */
  readonly expected: string
  /** Which calls may fail; by default those whose reply had begun. */
  readonly mayFail?: 'begun' | 'any'
}

/** Asks a model the same without a pause, several times at once, and checks each reply. */
export function startReaders(
  model: Model,
  { count, request, expected, mayFail = 'begun' }: ReaderOptions,
): Readers {
  let isReading = true
  const results: ReaderResults = { servedCount: 0, failedCount: 0, slowestTime: 0, faults: [] }

  async function readReplies(): Promise<void> {
    while (isReading) {
      const startedAt = performance.now()
      let text = ''
      try {
        for await (const part of model.stream(request)) if ('text' in part) text += part.text
        // A reply that came twice, or from two servers, differs.
        if (text === expected) results.servedCount++
        else results.faults.push(text)
      } catch (error) {
        const isExpected =
          NanoError.is(error) &&
          (error.code === 'unavailable' || error.code === 'timeout') &&
          (mayFail === 'any' || text !== '') &&
          expected.startsWith(text)
        if (isExpected) results.failedCount++
        else results.faults.push(`${text} ${String(error)}`)
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
      results.slowestTime = Math.max(results.slowestTime, performance.now() - startedAt)
    }
  }
  const readers = Array.from({ length: count }, readReplies)
  return {
    results,
    async stop() {
      isReading = false
      await Promise.all(readers)
    },
  }
}
