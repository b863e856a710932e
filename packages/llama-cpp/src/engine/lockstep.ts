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
 * A batch costs nearly the same for eight sequences as for one, and the runtime decodes whatever is
 * queued when a batch ends: requests that once fell out of step would go on in two batches by
 * turns, at half the speed. So they wait for each other here. Nobody waits for a slow reader: who
 * is not back within a turn of the event loop does not count until it is.
 */
export function lockstep(): Lockstep {
  const places = new Set<Place>()
  let running = 0
  /** The next step: as soon as everybody has come, or after a turn of the event loop. */
  let due: { readonly soon: boolean } | undefined

  function look(): void {
    if (running > 0) return
    let ready = false
    let awaited = false
    for (const { counts, go } of places) {
      if (go) ready = true
      else awaited ||= counts
    }
    if (!ready) return
    if (!awaited) {
      // Those who are let in together come one after another.
      if (!due || due.soon) plan({ soon: false }, queueMicrotask)
    } else if (!due) plan({ soon: true }, setImmediate)
  }

  function plan(step: typeof due, schedule: (begin: () => void) => void): void {
    due = step
    schedule(() => {
      if (due === step) begin()
    })
  }

  function begin(): void {
    due = undefined
    if (running > 0) return
    for (const place of places) {
      const { go } = place
      place.counts = go !== undefined
      place.go = undefined
      if (!go) continue
      running++
      go()
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
