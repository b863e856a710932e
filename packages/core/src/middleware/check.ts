interface Range {
  readonly least: number
  readonly whole?: boolean
}

/** Throws a `TypeError` with advice unless every value is a number in range; absent ones and Infinity pass. */
export function checkNumbers(who: string, values: Readonly<Record<string, Range & { readonly value: number }>>): void {
  for (const [name, { value, least, whole = false }] of Object.entries(values)) {
    if (typeof value === 'number' && value >= least && (!whole || value === Infinity || Number.isInteger(value))) continue
    throw new TypeError(`${who}: expected ${name} to be a ${whole ? 'whole ' : ''}number, ${least} or more, got ${String(value)}`)
  }
}

/** Throws a `TypeError` with advice unless options came as an object. */
export function checkOptions(who: string, options: unknown, example: string): void {
  if (typeof options !== 'object' || options === null) throw new TypeError(`${who}: expected options, got ${String(options)}. Did you mean ${who}(${example})?`)
}
