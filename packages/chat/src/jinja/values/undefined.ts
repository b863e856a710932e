import { TemplateFault } from '../errors.ts'
import { isUndefined, type Undefined, type Value } from './value.ts'

export function raiseUndefined({ kind, message }: Undefined): never {
  throw new TemplateFault(kind, message)
}

/** Throws where one of the values is undefined, as its every use but printing does. */
export function refuseUndefined(...values: readonly Value[]): void {
  for (const value of values) if (isUndefined(value)) raiseUndefined(value)
}
