import { describeValue } from '../describe-value.ts'

interface Range {
  readonly least: number
  readonly whole?: boolean
}

/**
 * Throws a `TypeError` with advice unless every value is a number in range; absent ones and
 * Infinity pass.
 */
export function checkNumbers(
  who: string,
  values: Readonly<Record<string, Range & { readonly value: number }>>,
): void {
  for (const [name, { value, least, whole = false }] of Object.entries(values)) {
    if (
      typeof value === 'number' &&
      value >= least &&
      (!whole || value === Infinity || Number.isInteger(value))
    )
      continue
    throw new TypeError(
      `${who}: expected ${name} to be a ${whole ? 'whole ' : ''}number, ${least} or more, got ${describeValue(value)}`,
    )
  }
}

interface KnownOptions {
  /** Options as one would write them. */
  readonly example: string
  /** Every name that there is. */
  readonly known: readonly string[]
}

/** Throws a `TypeError` with advice unless options came as an object, with names that are known. */
export function checkOptions(
  who: string,
  options: unknown,
  { example, known }: KnownOptions,
): void {
  if (typeof options !== 'object' || options === null)
    throw new TypeError(
      `${who}: expected options, got ${describeValue(options)}. Did you mean ${who}(${example})?`,
    )
  // A driver comes here where middleware was named and not called.
  if ('stream' in options)
    throw new TypeError(
      `${who}: expected options, got a driver. Did you mean ${who}(), which is called to make middleware?`,
    )
  const strange = Object.keys(options).find((name) => !known.includes(name))
  if (strange !== undefined)
    throw new TypeError(
      `${who}: there is no option ${JSON.stringify(strange)}. Known are: ${known.join(', ')}`,
    )
}
