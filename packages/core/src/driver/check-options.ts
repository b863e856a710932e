import { describeValue } from '../describe-value.ts'

interface NumberRange {
  readonly value: number
  readonly least: number
  /** Whether fractions are out of range. */
  readonly isWhole?: boolean
}

/**
 * Throws a `TypeError` that names the middleware and the option unless every value is a number in
 * its range. Infinity stands for no limit and passes.
 */
export function checkNumbers(
  middleware: string,
  ranges: Readonly<Record<string, NumberRange>>,
): void {
  for (const [name, { value, least, isWhole = false }] of Object.entries(ranges)) {
    const isAllowed = !isWhole || value === Infinity || Number.isInteger(value)
    if (typeof value === 'number' && value >= least && isAllowed) continue
    throw new TypeError(
      `${middleware}: expected ${name} to be a ${isWhole ? 'whole ' : ''}number, ` +
        `${least} or more, got ${describeValue(value)}`,
    )
  }
}

interface KnownOptions {
  /** Options as a caller would write them. */
  readonly example: string
  /** The names of all options. */
  readonly optionNames: readonly string[]
}

/** Throws a `TypeError` with advice unless `options` is an object of known options. */
export function checkOptions(
  middleware: string,
  options: unknown,
  { example, optionNames }: KnownOptions,
): void {
  if (typeof options !== 'object' || options === null)
    throw new TypeError(
      `${middleware}: expected options, got ${describeValue(options)}. ` +
        `Did you mean ${middleware}(${example})?`,
    )
  // `new Model(driver, retry)` calls `retry` with a driver.
  if ('stream' in options)
    throw new TypeError(
      `${middleware}: expected options, got a driver. ` +
        `Did you mean ${middleware}(), which returns middleware?`,
    )
  const unknownName = Object.keys(options).find((name) => !optionNames.includes(name))
  if (unknownName !== undefined)
    throw new TypeError(
      `${middleware}: unknown option ${JSON.stringify(unknownName)}. ` +
        `Options are: ${optionNames.join(', ')}`,
    )
}

/** Throws a `TypeError` that names the middleware and the option unless the value is a choice. */
export function checkChoice(
  middleware: string,
  name: string,
  { value, choices }: { readonly value: unknown; readonly choices: readonly unknown[] },
): void {
  if (choices.includes(value)) return
  throw new TypeError(
    `${middleware}: expected ${name} to be one of ${choices.map(String).join(', ')}, ` +
      `got ${describeValue(value)}`,
  )
}
