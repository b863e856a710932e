/**
 * Keeps the process from ending while the runtime computes: the process aborts when a thread ends
 * within a run. The main thread and the worker share its state.
 */
export interface ExitGuard {
  /** The state, for the other thread. */
  readonly memory: SharedArrayBuffer
  /** In the worker: does the work, or rejects where the process is about to exit. */
  guard<T>(work: () => Promise<T>): Promise<T>
  /** In the main thread, which it blocks: refuses further work, and waits for the current work. */
  waitForWork(): void
}

/** Indices into the state: 1 while the worker works, 1 once the process is about to exit. */
const isWorking = 0
const isExiting = 1
/** Milliseconds. After that, a process that aborts is better than one that does not exit. */
const maxWait = 10_000

/** A guard with a state of its own, or with the state of the other thread. */
export function exitGuard(memory = new SharedArrayBuffer(8)): ExitGuard {
  const state = new Int32Array(memory)

  return {
    memory,
    async guard(work) {
      // Writes before it reads. The main thread writes the other flag first, so at least one of the
      // two threads sees what the other wrote.
      Atomics.store(state, isWorking, 1)
      const canWork = Atomics.load(state, isExiting) === 0
      try {
        return canWork ? await work() : await Promise.reject(new Error('the process is exiting'))
      } finally {
        Atomics.store(state, isWorking, 0)
        Atomics.notify(state, isWorking)
      }
    },
    waitForWork() {
      Atomics.store(state, isExiting, 1)
      if (Atomics.load(state, isWorking) === 1) Atomics.wait(state, isWorking, 1, maxWait)
    },
  }
}
