import type { Body, Target } from '../syntax/syntax-tree.ts'
import type { Run, TextValue, Value } from '../values/value.ts'
import type { Scope } from './scope.ts'

/** Collects what a body prints. */
export interface Output {
  write(text: TextValue): void
}

/** How a body ended: `break` and `continue` go up to the loop around it. */
export type Completion = 'break' | 'continue' | undefined

export interface Frame {
  readonly scope: Scope
  readonly output: Output
  readonly run: Run
}

/** How loops and macros run their bodies. */
export interface Runtime {
  execute(body: Body, frame: Frame): Completion
  assign(target: Target, value: Value, frame: Frame): void
  collectOutput(run: Run, print: (output: Output) => void): TextValue
}
