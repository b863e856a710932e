/** Tokens that calls may have in one step together. */
export interface TokenBudget {
  /**
   * Takes so many, at most all there are; first come first served. Rejects with `signal.reason` on
   * abort, and then holds nothing.
   */
  take(amount: number, signal: AbortSignal): Promise<void>
  give(amount: number): void
}

interface Waiting {
  readonly amount: number
  readonly enter: () => void
}

export function tokenBudget(all: number): TokenBudget {
  let free = all
  const waiting: Waiting[] = []

  function look(): void {
    for (let [first] = waiting; first && first.amount <= free; [first] = waiting) {
      waiting.shift()
      free -= first.amount
      first.enter()
    }
  }

  return {
    take(amount, signal) {
      return new Promise((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason as Error)
        const one: Waiting = {
          amount,
          enter() {
            signal.removeEventListener('abort', leave)
            resolve()
          },
        }
        const leave = () => {
          waiting.splice(waiting.indexOf(one), 1)
          reject(signal.reason as Error)
          look()
        }
        signal.addEventListener('abort', leave, { once: true })
        waiting.push(one)
        look()
      })
    },
    give(amount) {
      free += amount
      look()
    },
  }
}
