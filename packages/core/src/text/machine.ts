import type { Part } from '../part.ts'

/**
 * Turns text increments into parts, one push at a time. `end` releases whatever is held back
 * and is required by the type, because forgetting it loses the last characters of a reply.
 * Law: for any split of the same text into pushes, the joined output is the same.
 */
export interface TextMachine {
  push(text: string): Iterable<Part>
  end(): Iterable<Part>
}
