import { typeError, valueError } from '../errors.ts'
import { isTrue } from './truth.ts'
import { refuseUndefined } from './undefined.ts'
import { type Arguments, classOf, isText, type TextValue, type Value } from './value.ts'

/**
 * The arguments of a call in the order of its parameters, `undefined` where one is absent.
 * A parameter that ends in `?` may be; one that starts with `/` cannot be given by name.
 */
export function bindArguments(
  callee: string,
  { positional, named }: Arguments,
  parameters: readonly string[],
): readonly (Value | undefined)[] {
  if (positional.length > parameters.length)
    throw typeError(
      `${callee}() takes ${parameters.length} arguments but ${positional.length} were given`,
    )
  const names = parameters.map((parameter) => parameter.replace(/\?$/, ''))
  for (const name of named.keys()) {
    const index = names.indexOf(name)
    if (index < 0) throw typeError(`${callee}() got an unexpected keyword argument '${name}'`)
    if (index < positional.length)
      throw typeError(`${callee}() got multiple values for argument '${name}'`)
  }
  return parameters.map((parameter, index) => {
    const value =
      positional[index] ?? (index < positional.length ? null : named.get(names[index] ?? ''))
    if (value === undefined && !parameter.endsWith('?'))
      throw typeError(`${callee}() missing the argument '${names[index]}'`)
    return value
  })
}

/** An argument that must be an integer. */
export function integerArgument(value: Value | undefined, fallback: number): number {
  if (value === undefined) return fallback
  refuseUndefined(value)
  if (typeof value === 'boolean') return Number(value)
  if (typeof value !== 'bigint')
    throw typeError(`'${classOf(value)}' object cannot be interpreted as an integer`)
  return Number(value)
}

/** An argument that must be a text. */
export function textArgument(value: Value | undefined, fallback?: TextValue): TextValue {
  if (value === undefined && fallback) return fallback
  if (isText(value)) return value
  throw typeError(`expected str, got ${classOf(value ?? null)}`)
}

/** A separator, which may not be empty. */
export function separatorArgument(value: Value | undefined): TextValue | undefined {
  if (value === undefined || value === null) return undefined
  const separator = textArgument(value)
  if (!separator.string) throw valueError('empty separator')
  return separator
}

export function flagArgument(value: Value | undefined, fallback = false): boolean {
  return value === undefined ? fallback : isTrue(value)
}
