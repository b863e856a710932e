/**
 * Tells the main thread whether a worker computes, and the worker whether the process leaves: a
 * thread that is ended while the runtime computes takes the process with it, by an abort.
 */
export interface Presence {
  /** Shared by both threads. */
  readonly memory: SharedArrayBuffer
  /** In the worker: does work, or fails where the process leaves. */
  working<T>(work: () => Promise<T>): Promise<T>
  /**
   * In the main thread, which it blocks: lets no more work begin, and waits for what is under way.
   */
  leave(): void
}

const busy = 0
const leaving = 1
/** Milliseconds. A process that is told to exit and does not is worse than one that aborts. */
const patience = 10_000

export function presence(memory = new SharedArrayBuffer(8)): Presence {
  const state = new Int32Array(memory)

  return {
    memory,
    async working(work) {
      // First this, then the look: the other thread does the opposite, so one of the two sees the
      // other.
      Atomics.store(state, busy, 1)
      const stays = Atomics.load(state, leaving) === 0
      try {
        return stays ? await work() : await Promise.reject(new Error('the process is leaving'))
      } finally {
        Atomics.store(state, busy, 0)
        Atomics.notify(state, busy)
      }
    },
    leave() {
      Atomics.store(state, leaving, 1)
      if (Atomics.load(state, busy) === 1) Atomics.wait(state, busy, 1, patience)
    },
  }
}
