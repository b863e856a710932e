/** A fixed set of things that calls share, each used by one call at a time. */
export interface Slots<Slot> {
  /**
   * Takes a free slot, first come, first served; `prefer` chooses among several free ones.
   * Rejects with `signal.reason` on abort, and then holds nothing.
   */
  take(signal: AbortSignal, prefer?: (free: readonly Slot[]) => Slot | undefined): Promise<Slot>
  /** Gives a slot back; the call that has waited longest gets it. */
  release(slot: Slot): void
  /** How many slots are taken. */
  readonly busy: number
}

/** Shares `all` among calls. */
export function slots<Slot>(allSlots: readonly Slot[]): Slots<Slot> {
  const free = new Set(allSlots)
  const waitingCalls: ((slot: Slot) => void)[] = []

  return {
    get busy() {
      return allSlots.length - free.size
    },
    async take(signal, prefer = () => undefined) {
      signal.throwIfAborted()
      const [first] = free
      if (first !== undefined) {
        const slot = prefer([...free]) ?? first
        free.delete(slot)
        return slot
      }
      return new Promise((resolve, reject) => {
        const onSlot = (slot: Slot) => {
          signal.removeEventListener('abort', onAbort)
          resolve(slot)
        }
        const onAbort = () => {
          waitingCalls.splice(waitingCalls.indexOf(onSlot), 1)
          reject(signal.reason)
        }
        signal.addEventListener('abort', onAbort, { once: true })
        waitingCalls.push(onSlot)
      })
    },
    release(slot) {
      const next = waitingCalls.shift()
      if (next) next(slot)
      else free.add(slot)
    },
  }
}
