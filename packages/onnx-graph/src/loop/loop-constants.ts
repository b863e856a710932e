import type { GraphBuilder } from '../graph/graph-builder.ts'

/**
 * Adds vectors of one number to the main graph. They are constants, and graphs within the main one
 * can use them.
 */
export interface LoopConstants {
  /** Adds an int64. */
  readonly integer: (value: number) => string
  /** Adds a float64. */
  readonly double: (value: number) => string
  /** Adds a float32. */
  readonly float: (value: number) => string
}

/** Creates the constants of a loop's main graph. The same number is added once. */
export function loopConstants(main: GraphBuilder): LoopConstants {
  return {
    integer: (value) => main.addIntegers(`loop/integer/${value}`, [value]),
    double: (value) => main.addFloats(`loop/double/${value}`, Float64Array.of(value)),
    float: (value) => main.addFloats(`loop/float/${value}`, Float32Array.of(value)),
  }
}
