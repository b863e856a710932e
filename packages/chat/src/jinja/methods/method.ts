import type { Arguments, Run, Value } from '../values/value.ts'

/** A method of a type; its receiver comes first. */
export type Method<Receiver> = (receiver: Receiver, callArguments: Arguments, run: Run) => Value

export type Methods<Receiver> = ReadonlyMap<string, Method<Receiver>>
