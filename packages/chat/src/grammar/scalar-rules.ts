import { fault, instead } from './schema-fault.ts'
import { integers, numbers } from './number-range.ts'
import type { GrammarBuilder } from './grammar-builder.ts'
import { string, stringFormats } from './json-string.ts'
import { bounds, type Schema } from './schema-keywords.ts'

/** A JSON string. */
export function stringBody(grammar: GrammarBuilder, schema: Schema, at: string): string {
  const { format, pattern } = schema
  const { least, most } = bounds(schema, 'Length', at)
  const known = typeof format === 'string' ? stringFormats[format] : undefined
  if (known !== undefined && (least > 0 || most !== Infinity))
    throw fault('unsupported', at, `has a length beside the format ${String(format)}; ${instead}`)
  if (known !== undefined) return `"\\"" ${known} "\\""`
  if (pattern !== undefined)
    throw fault(
      'unsupported',
      at,
      `has a pattern, which cannot be kept to while sampling; ${instead}`,
    )
  if (format !== undefined)
    throw fault(
      'unsupported',
      at,
      `has the format ${JSON.stringify(format)}, and known are: ${Object.keys(stringFormats).join(', ')}`,
    )
  return string(grammar, { least, most })
}

/** Beyond it a bound says no more than that a number is one. */
const widest = Number.MAX_SAFE_INTEGER

/** A JSON number. */
export function numberBody(schema: Schema, type: 'integer' | 'number', at: string): string {
  const bound = (key: string, none: number) => {
    const value = schema[key]
    if (value === undefined) return none
    if (typeof value !== 'number')
      throw fault(
        'invalid-request',
        at,
        `has the ${key} ${JSON.stringify(value)}, and that is no number`,
      )
    return Math.abs(value) >= widest ? Math.sign(value) * Infinity : value
  }
  const least = Math.max(bound('minimum', -Infinity), bound('exclusiveMinimum', -Infinity))
  const most = Math.min(bound('maximum', Infinity), bound('exclusiveMaximum', Infinity))
  const [exclusiveLeast, exclusiveMost] = [
    schema.exclusiveMinimum !== undefined && least === schema.exclusiveMinimum,
    schema.exclusiveMaximum !== undefined && most === schema.exclusiveMaximum,
  ]
  if (schema.multipleOf !== undefined && !(schema.multipleOf === 1 && type === 'integer'))
    throw fault(
      'unsupported',
      at,
      `has a multipleOf, which cannot be kept to while sampling; ${instead}`,
    )
  if (least > most) throw fault('invalid-request', at, `is at least ${least} and at most ${most}`)
  if (least === Infinity || most === -Infinity)
    throw fault(
      'unsupported',
      at,
      `has only numbers beyond ${widest}, which cannot be kept to while sampling; ${instead}`,
    )

  if (type === 'integer') {
    const whole = {
      least: Math.ceil(least) + (exclusiveLeast && Number.isInteger(least) ? 1 : 0),
      most: Math.floor(most) - (exclusiveMost && Number.isInteger(most) ? 1 : 0),
    }
    if (whole.least > whole.most)
      throw fault('invalid-request', at, `has no integer between ${least} and ${most}`)
    return integers(whole)
  }
  if (![least, most].every((bound) => Number.isInteger(bound) || Math.abs(bound) === Infinity))
    throw fault(
      'unsupported',
      at,
      `has a bound that is no integer, which cannot be kept to while sampling; ${instead}`,
    )
  return numbers({ least, most, exclusiveLeast, exclusiveMost })
}
