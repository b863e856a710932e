/**
 * The random numbers of one reply, in order. A loop gets some before it knows how many it needs.
 */
export interface RandomNumbers {
  /** The next number. */
  draw(): number
  /** The next numbers, which stay the next ones. */
  peek(count: number): readonly number[]
  /** Counts the next numbers as drawn. */
  skip(count: number): void
  /** Counts the last drawn numbers as not drawn. */
  rewind(count: number): void
}

/** Repeats and replays what `draw` gives: the numbers come in its order, however they are drawn. */
export function randomNumbers(draw: () => number): RandomNumbers {
  const numbers: number[] = []
  let position = 0
  const peek = (count: number) => {
    while (numbers.length < position + count) numbers.push(draw())
    return numbers.slice(position, position + count)
  }
  return {
    peek,
    draw() {
      const [number = 0] = peek(1)
      position++
      return number
    },
    skip(count) {
      position += count
    },
    rewind(count) {
      position -= count
    },
  }
}
