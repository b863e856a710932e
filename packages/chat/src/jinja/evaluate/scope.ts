import { undefinedValue, type Value } from '../values/value.ts'

/** Names and their values; what is not here is looked up around it. */
export interface Scope {
  readonly names: Map<string, Value>
  readonly outer: Scope | undefined
}

export function innerScope(outer: Scope): Scope {
  return { names: new Map(), outer }
}

export function readName(scope: Scope, name: string): Value {
  for (let current: Scope | undefined = scope; current; current = current.outer) {
    const value = current.names.get(name)
    if (value !== undefined) return value
  }
  return undefinedValue(`'${name}' is undefined`)
}
