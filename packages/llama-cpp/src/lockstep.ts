/** Lets the requests of one context take their steps together. */
export interface Lockstep {
  /** A place for one request. */
  join(): Stepper
}

/** One request's place; it counts from its first step until it leaves, and again from the next. */
interface Stepper {
  /** Runs `work` when nothing runs and everybody who keeps up is here too. */
  step<T>(work: () => Promise<T>): Promise<T>
  leave(): void
}

interface Place {
  /** Took part in the last step, or came since. */
  counts: boolean
  /** Waits here. */
  go?: (() => void) | undefined
}

/**
 * A batch costs nearly the same for eight sequences as for one, and the runtime decodes whatever is queued when a batch ends: requests
 * that once fell out of step would go on in two batches by turns, at half the speed. So they wait for each other here. Nobody waits for
 * a slow reader: who is not back within a turn of the event loop does not count until it is.
 */
export function lockstep(): Lockstep {
  const places = new Set<Place>()
  let running = 0
  /** When the next step begins. */
  let due: 'now' | 'soon' | undefined

  function waiting(): Place[] {
    return [...places].filter(({ go }) => go)
  }

  function look(): void {
    if (running > 0) return
    if (waiting().length === 0) return
    if ([...places].every(({ counts, go }) => go !== undefined || !counts)) {
      // Those who are let in together come one after another.
      if (due !== 'now') queueMicrotask(() => begin('now'))
      due = 'now'
    } else if (due === undefined) {
      due = 'soon'
      setImmediate(() => begin('soon'))
    }
  }

  function begin(when: typeof due): void {
    if (due !== when) return
    due = undefined
    if (running === 0) release(waiting())
  }

  function release(ready: readonly Place[]): void {
    running = ready.length
    for (const place of places) place.counts = place.go !== undefined
    for (const place of ready) {
      const { go } = place
      place.go = undefined
      go?.()
    }
  }

  return {
    join() {
      const place: Place = { counts: false }
      return {
        async step(work) {
          places.add(place)
          place.counts = true
          await new Promise<void>((resolve) => {
            place.go = resolve
            look()
          })
          try {
            return await work()
          } finally {
            running--
            look()
          }
        },
        leave() {
          places.delete(place)
          look()
        },
      }
    },
  }
}
