/** A fixed set of things that calls share, one each at a time. */
export interface Slots<Slot> {
  /**
   * The next free slot, first come first served; `prefer` picks among several free ones.
   * Rejects with `signal.reason` on abort, and then holds nothing.
   */
  take(signal: AbortSignal, prefer?: (free: readonly Slot[]) => Slot | undefined): Promise<Slot>
  /** Gives a slot back, to whoever has waited longest. */
  give(slot: Slot): void
  /** How many are taken. */
  readonly busy: number
}

/** Shares `all` among calls. */
export function slots<Slot>(all: readonly Slot[]): Slots<Slot> {
  const free = new Set(all)
  const waiting: ((slot: Slot) => void)[] = []

  return {
    get busy() {
      return all.length - free.size
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
        const enter = (slot: Slot) => {
          signal.removeEventListener('abort', leave)
          resolve(slot)
        }
        const leave = () => {
          waiting.splice(waiting.indexOf(enter), 1)
          reject(signal.reason)
        }
        signal.addEventListener('abort', leave, { once: true })
        waiting.push(enter)
      })
    },
    give(slot) {
      const next = waiting.shift()
      if (next) next(slot)
      else free.add(slot)
    },
  }
}
