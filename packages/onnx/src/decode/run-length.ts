/** Numbers of a seed, which a loop is given before it knows how many it needs. */
export interface Chances {
  draw(): number
  /** The next so many; they are not drawn by that. */
  next(count: number): readonly number[]
  drawn(count: number): void
  /** As if the last so many had not been drawn. */
  undo(count: number): void
}

export function chances(draw: () => number): Chances {
  const numbers: number[] = []
  let at = 0
  const next = (count: number) => {
    while (numbers.length < at + count) numbers.push(draw())
    return numbers.slice(at, at + count)
  }
  return {
    next,
    draw() {
      const [number = 0] = next(1)
      at++
      return number
    },
    drawn(count) {
      at += count
    },
    undo(count) {
      at -= count
    },
  }
}

/** Says how many steps a run may take, from how long they took. */
export interface Pace {
  steps(): number
  /** Milliseconds that a run took, and how many tokens it gave. */
  learn(run: { readonly took: number; readonly gave: number }): void
}

/** More of them save little, and are lost where a reply is stopped. */
const mostSteps = 16

/** Runs of at most so many milliseconds, or of one step. */
export function pace(maxRunTime: number): Pace {
  let steps = 2
  return {
    steps: () => steps,
    learn({ took, gave }) {
      steps = Math.max(1, Math.min(mostSteps, Math.floor((maxRunTime * gave) / took)))
    },
  }
}
