import type { BatchResult } from './batch-item.ts'

/** The results of a batch that nobody has taken yet, and the order in which they are taken. */
export interface ResultWindow {
  /** Requests from the earliest whose result was not taken to the latest, both included. */
  readonly span: number
  /** Results that are there. */
  readonly count: number
  /** The place of the next request. */
  addPlace(): number
  put(place: number, result: BatchResult): void
  /** The next result, where it is there. */
  take(): BatchResult | undefined
}

export function resultWindow(order: 'finished' | 'input'): ResultWindow {
  /** By the place of their request. */
  const results = new Map<number, BatchResult>()
  let [placeCount, takenCount] = [0, 0]
  return {
    get span() {
      return placeCount - takenCount
    },
    get count() {
      return results.size
    },
    addPlace: () => placeCount++,
    put(place, result) {
      results.set(place, result)
    },
    take() {
      const place = order === 'input' ? takenCount : results.keys().next().value
      const result = place === undefined ? undefined : results.get(place)
      if (place === undefined || !result) return undefined
      results.delete(place)
      takenCount++
      return result
    },
  }
}
