import type { GrammarBuilder } from './grammar-builder.ts'
import { jsonString } from './json-string.ts'
import { stringFormats } from './string-formats.ts'
import { integersIn, numbersIn } from './number-range.ts'
import { leaveOutAdvice, schemaError, unsupportedKeyword } from './schema-error.ts'
import { findCountLimits, type Schema } from './schema-keywords.ts'

/** A JSON string that satisfies the schema. */
export function stringBody(grammar: GrammarBuilder, schema: Schema, path: string): string {
  const { format, pattern } = schema
  const length = findCountLimits(schema, 'Length', path)
  const knownRule = typeof format === 'string' ? stringFormats.get(format) : undefined
  if (knownRule !== undefined && (length.min > 0 || length.max !== Infinity))
    throw unsupportedKeyword(path, `a length beside the format ${String(format)}`)
  if (knownRule !== undefined) return `"\\"" ${knownRule} "\\""`
  if (pattern !== undefined) throw unsupportedKeyword(path, 'a pattern')
  if (format !== undefined)
    throw schemaError(
      'unsupported',
      path,
      `has the format ${JSON.stringify(format)}; ` +
        `supported are: ${[...stringFormats.keys()].join(', ')}`,
    )
  return jsonString(grammar, length)
}

/** A JSON number that satisfies the schema. */
export function numberBody(schema: Schema, type: 'integer' | 'number', path: string): string {
  const { min, max, excludesMin, excludesMax } = findNumberLimits(schema, path)
  if (schema.multipleOf !== undefined && !(schema.multipleOf === 1 && type === 'integer'))
    throw unsupportedKeyword(path, 'a multipleOf')
  if (min > max)
    throw schemaError('invalid-request', path, `has the minimum ${min} and the maximum ${max}`)
  if (min === Infinity || max === -Infinity)
    throw schemaError(
      'unsupported',
      path,
      `allows only numbers beyond ${largestLimit}, ` +
        `which cannot be enforced while sampling; ${leaveOutAdvice}`,
    )

  const integers = {
    min: excludesMin && Number.isInteger(min) ? min + 1 : min,
    max: excludesMax && Number.isInteger(max) ? max - 1 : max,
  }
  const rule =
    type === 'integer' ? integersIn(integers) : numbersIn({ min, max, excludesMin, excludesMax })
  if (rule !== undefined) return rule
  throw schemaError('invalid-request', path, `allows no ${type} between ${min} and ${max}`)
}

/** A limit beyond it excludes no number that a model writes. */
const largestLimit = Number.MAX_SAFE_INTEGER

/** The stricter of the inclusive and the exclusive limit, at each end. */
function findNumberLimits(schema: Schema, path: string) {
  const findLimit = (keyword: string, unlimited: number) => {
    const value = schema[keyword]
    if (value === undefined) return unlimited
    if (typeof value !== 'number')
      throw schemaError(
        'invalid-request',
        path,
        `has the ${keyword} ${JSON.stringify(value)}, which is no number`,
      )
    return Math.abs(value) >= largestLimit ? Math.sign(value) * Infinity : value
  }
  const min = Math.max(findLimit('minimum', -Infinity), findLimit('exclusiveMinimum', -Infinity))
  const max = Math.min(findLimit('maximum', Infinity), findLimit('exclusiveMaximum', Infinity))
  return {
    min,
    max,
    excludesMin: schema.exclusiveMinimum !== undefined && min === schema.exclusiveMinimum,
    excludesMax: schema.exclusiveMaximum !== undefined && max === schema.exclusiveMaximum,
  }
}
