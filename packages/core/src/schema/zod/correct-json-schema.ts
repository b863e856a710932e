import type * as z from 'zod/mini'
import { constrainingKeywords } from '../../schema-keywords.ts'
import { findFormat, findMatcher } from '../check-scalar.ts'

type ZodSchema = z.core.$ZodType
type Written = Record<string, unknown>

/** What `new Date()` reads of a text, as JSON Schema knows it. */
export const dateTexts: Written = {
  anyOf: [
    { type: 'string', format: 'date-time' },
    { type: 'string', format: 'date' },
  ],
}

/** Whole numbers as texts: as numbers, those of more than 16 digits would change. */
export const integerTexts: Written = { type: 'string', pattern: '^-?[0-9]+$' }

/**
 * Corrects what zod writes where its own check says something else, so that the JSON Schema is
 * never narrower. `convert` gives the JSON Schema of a part.
 */
export function correctJsonSchema(
  schema: z.core.$ZodTypes,
  written: Written,
  convert: (part: ZodSchema) => Written,
): void {
  const { def } = schema._zod
  dropEndlessLimits(written)
  switch (def.type) {
    case 'date':
      if (def.coerce && !isConstrained(written)) Object.assign(written, dateTexts)
      break
    case 'bigint':
      if (def.coerce && !isConstrained(written)) Object.assign(written, integerTexts)
      break
    case 'string':
    case 'template_literal':
      correctText(schema, written)
      break
    case 'literal':
      correctLiteral(def.values, written)
      break
    case 'record':
      // Names that match no pattern of a loose record may have any value.
      if (written.patternProperties && listUnwritable(def.keyType).length > 0)
        delete written.patternProperties
      break
    case 'success':
      delete written.type
      Object.assign(written, convert(def.innerType))
      break
  }
}

/** Whether a JSON Schema says something of its values. */
export function isConstrained(written: Written): boolean {
  return constrainingKeywords.some((keyword) => Object.hasOwn(written, keyword))
}

const limits = [
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
]

/** Infinity is no JSON. */
function dropEndlessLimits(written: Written): void {
  for (const limit of limits)
    if (typeof written[limit] === 'number' && !Number.isFinite(written[limit]))
      delete written[limit]
}

/** Formats that hold for all that zod's patterns beside them allow. */
const safeFormats = ['date', 'date-time', 'uuid', 'ipv4', 'ipv6']

function correctText(schema: ZodSchema, written: Written): void {
  const unwritable = listUnwritable(schema)
  const isKept = (pattern: unknown) =>
    !unwritable.includes(String(pattern)) && findMatcher(String(pattern)) !== undefined
  const hadPattern = 'pattern' in written || 'allOf' in written
  if ('pattern' in written && !isKept(written.pattern)) delete written.pattern
  if (Array.isArray(written.allOf)) {
    const parts = written.allOf.filter(({ pattern }: Written) => isKept(pattern))
    if (parts.length > 0) written.allOf = parts
    else delete written.allOf
  }

  const format = String(written.format)
  // zod reads links as browsers do, which allow letters of any script.
  if (format === 'uri' && !hadPattern) written.format = 'iri'
  else if (hadPattern ? !safeFormats.includes(format) : !findFormat(format)) delete written.format
}

/** The patterns of a text whose flags JSON Schema does not have. */
function listUnwritable(schema: ZodSchema): readonly string[] {
  const { def, bag } = schema._zod as { readonly def: TextDef; readonly bag: TextBag }
  const patterns = [
    def.pattern,
    ...(def.checks ?? []).map((check) => (check._zod.def as TextDef).pattern),
    ...(bag.patterns ?? []),
  ]
  return patterns.flatMap((pattern) =>
    pattern instanceof RegExp && /[ims]/.test(pattern.flags) ? [pattern.source] : [],
  )
}

interface TextDef {
  readonly pattern?: unknown
  readonly checks?: readonly z.core.$ZodCheck[]
}

interface TextBag {
  readonly patterns?: Iterable<unknown>
}

/** Leaves out the values that are no JSON. */
function correctLiteral(values: readonly unknown[], written: Written): void {
  const sayable = values.filter(isScalar)
  if (sayable.length === values.length) return
  delete written.const
  delete written.enum
  delete written.type
  if (sayable.length > 0) written.enum = sayable
}

function isScalar(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value)
  return value === null || typeof value === 'string' || typeof value === 'boolean'
}
