import { wait } from '@nano/core/driver'

/** A pause that all requests of a batch keep, once a server has asked one of them for it. */
export interface CoolDown {
  /** Milliseconds that are left; 0 where nobody has to wait. */
  readonly left: number
  /** Lets nobody pass for so many milliseconds; a longer pause stays. */
  extend(milliseconds: number): void
  /**
   * Resolves when the pause is over, for one request after another. Rejects with `signal.reason` on
   * abort.
   */
  pass(signal: AbortSignal): Promise<void>
}

/** Milliseconds between two requests that have waited: the server is not asked by all at once. */
const timeBetweenWaiters = 20

export function coolDown(now: () => number = () => performance.now()): CoolDown {
  let end = -Infinity
  /** When the next one that has waited may go on. */
  let nextTurnAt = -Infinity
  /** Settles when all that wait now have gone on. */
  let lastTurn: Promise<void> = Promise.resolve()
  const left = () => Math.max(0, end - now())

  async function takeTurn(signal: AbortSignal): Promise<void> {
    const timeToTurn = () => Math.max(end, nextTurnAt) - now()
    // Others may extend the pause meanwhile.
    for (let time = timeToTurn(); time > 0; time = timeToTurn()) await wait(time, signal)
    nextTurnAt = now() + timeBetweenWaiters
  }

  return {
    get left() {
      return left()
    },
    extend(milliseconds) {
      end = Math.max(end, now() + milliseconds)
    },
    async pass(signal) {
      // One that comes after the pause takes the place of a reply, and need not stand in line.
      if (left() === 0) return
      const turn = lastTurn.then(() => takeTurn(signal))
      lastTurn = turn.catch(() => {})
      await turn
    },
  }
}
