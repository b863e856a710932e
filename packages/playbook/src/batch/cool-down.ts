import { wait } from '@nano/core/driver'

/** A pause that all requests of a batch keep, once a server has asked one of them for it. */
export interface CoolDown {
  /** Milliseconds that are left; 0 where nobody has to wait. */
  readonly left: number
  /** Lets nobody pass for so many milliseconds; a longer pause stays. */
  extend(milliseconds: number): void
  /** Resolves when the pause is over. Rejects with `signal.reason` on abort. */
  pass(signal: AbortSignal): Promise<void>
}

export function coolDown(now: () => number = () => performance.now()): CoolDown {
  let end = -Infinity
  const left = () => Math.max(0, end - now())
  return {
    get left() {
      return left()
    },
    extend(milliseconds) {
      end = Math.max(end, now() + milliseconds)
    },
    async pass(signal) {
      // Others may extend it meanwhile.
      while (left() > 0) await wait(left(), signal)
    },
  }
}
