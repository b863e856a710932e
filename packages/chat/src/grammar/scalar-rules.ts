import type { Pattern } from '@nano/core/driver'
import { listExcludedTypes, listExcludedValues } from './conjunction-types.ts'
import { eitherDefined, type GrammarBuilder } from './grammar-builder.ts'
import { jsonString } from './json-string.ts'
import { fractions, integersIn, numbersIn } from './number-range.ts'
import { otherKey } from './other-key.ts'
import { type PatternRule, patternRule, readPattern } from './pattern-rule.ts'
import { type Conjunction, findCountLimits, listNumbers } from './schema-keywords.ts'
import { stringFormats } from './string-formats.ts'

/** More texts than this that `not` excludes are left to the check of the whole answer. */
const maxExcludedTexts = 1_000

/**
 * A JSON string that holds to all of some schemas, or undefined where there is none. It has one of
 * the patterns, or the format; the rest is left to the check of the whole answer.
 */
export function stringBody(grammar: GrammarBuilder, schemas: Conjunction): string | undefined {
  const length = findCountLimits(schemas, 'Length')
  if (length.min > length.max) return undefined
  const formats = schemas.flatMap(({ format }) => stringFormats.get(String(format)) ?? [])
  const rules: PatternRule[] = []
  for (const { pattern: source } of schemas) {
    const pattern = readPattern(source)
    if (pattern) rules.push(patternRule(grammar, limitRepetition(pattern, length)))
    if (rules.at(-1)?.isExact) break
  }
  const exactRule = rules.find(({ isExact }) => isExact)
  const [format] = formats
  const body = exactRule?.body ?? format ?? rules[0]?.body
  if (body !== undefined) return `"\\"" ${body} "\\""`
  const isAnyLength = length.min === 0 && length.max === Infinity
  return isAnyLength ? otherKey(grammar, listExcludedTexts(schemas)) : jsonString(grammar, length)
}

function listExcludedTexts(schemas: Conjunction): readonly string[] {
  const texts = listExcludedValues(schemas).filter((value) => typeof value === 'string')
  return texts.length > maxExcludedTexts ? [] : texts
}

/** A pattern that is one repeated character, with the length of the text as its count. */
function limitRepetition(
  pattern: Pattern,
  { min, max }: { readonly min: number; readonly max: number },
): Pattern {
  if (pattern.type !== 'sequence' || pattern.parts.length !== 3) return pattern
  const [start, body, end] = pattern.parts
  const isOne = start?.type === 'start' && end?.type === 'end' && body?.type === 'repeat'
  if (!isOne || body.body.type !== 'characters') return pattern
  const counts = { min: Math.max(min, body.min), max: Math.min(max, body.max) }
  return counts.min > counts.max
    ? pattern
    : { type: 'sequence', parts: [start, { ...body, ...counts }, end] }
}

/** A JSON number that holds to all of some schemas, or undefined where there is none. */
export function numberBody(schemas: Conjunction, type: string): string | undefined {
  const { min, max, excludesMin, excludesMax } = findNumberLimits(schemas)
  const isWhole = type === 'integer' || listNumbers(schemas, 'multipleOf').some(Number.isInteger)
  const isFraction = schemas.flatMap(listExcludedTypes).includes('integer')
  if (!isWhole && isFraction && min === -Infinity && max === Infinity) return fractions
  if (!isWhole) return numbersIn({ min, max, excludesMin, excludesMax })
  return integersIn({
    min: excludesMin && Number.isInteger(min) ? min + 1 : min,
    max: excludesMax && Number.isInteger(max) ? max - 1 : max,
  })
}

/** The strictest of all inclusive and exclusive limits, at each end. */
function findNumberLimits(schemas: Conjunction) {
  // In draft 4, the exclusive keywords are booleans beside the others.
  const listExcluded = (excluding: string, limit: string) => [
    ...listNumbers(schemas, excluding),
    ...listNumbers(
      schemas.filter((schema) => schema[excluding] === true),
      limit,
    ),
  ]
  const excludedMin = Math.max(-Infinity, ...listExcluded('exclusiveMinimum', 'minimum'))
  const excludedMax = Math.min(Infinity, ...listExcluded('exclusiveMaximum', 'maximum'))
  const min = Math.max(excludedMin, ...listNumbers(schemas, 'minimum'))
  const max = Math.min(excludedMax, ...listNumbers(schemas, 'maximum'))
  return {
    min,
    max,
    excludesMin: excludedMin === min && min !== -Infinity,
    excludesMax: excludedMax === max && max !== Infinity,
  }
}

/** One of some constants that no schema excludes, or undefined where there is none. */
export function constantBody(
  constants: readonly unknown[],
  schemas: Conjunction,
): string | undefined {
  const excludedValues = listExcludedValues(schemas)
  const remaining = constants.filter((constant) => !excludedValues.includes(constant))
  return eitherDefined(remaining.map((constant) => `"${constant}"`))
}
