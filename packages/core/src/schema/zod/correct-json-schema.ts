import type * as z from 'zod/mini'
import { constrainingKeywords } from '../../schema-keywords.ts'
import { findFormat, findMatcher } from '../check-scalar.ts'

type ZodSchema = z.core.$ZodType
type Keywords = Record<string, unknown>

/** What `new Date()` reads of a text, as JSON Schema knows it. */
export const dateTexts: Keywords = {
  anyOf: [
    { type: 'string', format: 'date-time' },
    { type: 'string', format: 'date' },
  ],
}

/** Whole numbers as texts: as numbers, those of more than 16 digits would change. */
export const integerTexts: Keywords = { type: 'string', pattern: '^-?[0-9]+$' }

/**
 * Corrects what zod writes where its own check says something else, so that the JSON Schema is
 * never narrower. `convert` gives the JSON Schema of a part.
 */
export function correctJsonSchema(
  schema: z.core.$ZodTypes,
  keywords: Keywords,
  convert: (part: ZodSchema) => Keywords,
): void {
  const { def } = schema._zod
  dropEndlessLimits(keywords)
  switch (def.type) {
    case 'date':
      if (def.coerce && !isConstrained(keywords)) Object.assign(keywords, dateTexts)
      break
    case 'bigint':
      if (def.coerce && !isConstrained(keywords)) Object.assign(keywords, integerTexts)
      break
    case 'string':
    case 'template_literal':
      correctText(schema, keywords)
      break
    case 'literal':
      correctLiteral(def.values, keywords)
      break
    case 'record':
      if (def.mode === 'loose') correctLooseRecord(def.keyType, keywords)
      break
    case 'success':
      delete keywords.type
      Object.assign(keywords, convert(def.innerType))
      break
  }
}

/** Whether a JSON Schema says something of its values. */
export function isConstrained(keywords: Keywords): boolean {
  return constrainingKeywords.some((keyword) => Object.hasOwn(keywords, keyword))
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
function dropEndlessLimits(keywords: Keywords): void {
  for (const limit of limits)
    if (typeof keywords[limit] === 'number' && !Number.isFinite(keywords[limit]))
      delete keywords[limit]
}

/** Formats that hold for all that zod's patterns beside them allow. */
const safeFormats = ['date', 'date-time', 'uuid', 'ipv4', 'ipv6']

/** Formats that zod checks with code, beside which its patterns are narrower. */
const codedFormats = ['ipv6', 'cidrv6']

/** What texts of a format have that is checked with code. */
const widePatterns = new Map([
  ['cidrv6', '^[0-9A-Fa-f:.]+/[0-9]+$'],
  // As browsers read links: spaces around them do not count, and those within are escaped.
  ['uri', '^\\s*[A-Za-z][A-Za-z0-9+.-]*:'],
])

function correctText(schema: ZodSchema, keywords: Keywords): void {
  const unwritable = listUnwritable(schema)
  const isKept = (pattern: unknown) =>
    !unwritable.includes(String(pattern)) && findMatcher(String(pattern)) !== undefined
  const hadPattern = 'pattern' in keywords || 'allOf' in keywords
  if ('pattern' in keywords && !isKept(keywords.pattern)) delete keywords.pattern
  if (Array.isArray(keywords.allOf)) {
    const parts = keywords.allOf.filter(({ pattern }: Keywords) => isKept(pattern))
    if (parts.length > 0) keywords.allOf = parts
    else delete keywords.allOf
  }

  const format = String(keywords.format)
  const widePattern = widePatterns.get(format)
  if (widePattern !== undefined) keywords.pattern ??= widePattern
  const isHeld = hadPattern ? safeFormats.includes(format) : findFormat(format) !== undefined
  if (widePattern !== undefined || !isHeld) delete keywords.format
}

/** The patterns of a text that are narrower than zod, or have flags that JSON Schema lacks. */
function listUnwritable(schema: ZodSchema): readonly string[] {
  const { def, bag } = schema._zod as { readonly def: TextDef; readonly bag: TextBag }
  const defs = [def, ...(def.checks ?? []).map((check) => check._zod.def as TextDef)]
  const narrowPatterns = defs.flatMap(({ format, pattern }) =>
    pattern instanceof RegExp && codedFormats.includes(format ?? '') ? [pattern.source] : [],
  )
  const flaggedPatterns = [...defs.map(({ pattern }) => pattern), ...(bag.patterns ?? [])].flatMap(
    (pattern) => (pattern instanceof RegExp && /[ims]/.test(pattern.flags) ? [pattern.source] : []),
  )
  return [...narrowPatterns, ...flaggedPatterns]
}

interface TextDef {
  readonly format?: string
  readonly pattern?: unknown
  readonly checks?: readonly z.core.$ZodCheck[]
}

interface TextBag {
  readonly patterns?: Iterable<unknown>
}

/** Opens a loose record: of a name that its type of names does not read, any value is taken. */
function correctLooseRecord(keyType: ZodSchema, keywords: Keywords): void {
  const { patternProperties, propertyNames, additionalProperties } = keywords
  const patternCount = Object.keys(patternProperties ?? {}).length
  const { checks = [] } = keyType._zod.def as TextDef
  const isWritable = checks.length < 2 && listUnwritable(keyType).length === 0
  if (patternCount === 1 && isWritable) {
    keywords.additionalProperties = {}
    return
  }
  const names = Object.keys(propertyNames ?? {})
  if (patternCount === 0 && names.every((keyword) => keyword === 'type')) return
  for (const keyword of ['patternProperties', 'propertyNames', 'additionalProperties'])
    delete keywords[keyword]
  const { enum: choices } = Object(propertyNames) as { readonly enum?: unknown }
  if (!Array.isArray(choices)) return
  keywords.properties = Object.fromEntries(choices.map((name) => [name, additionalProperties]))
  keywords.additionalProperties = {}
}

/** Leaves out the values that are no JSON. */
function correctLiteral(values: readonly unknown[], keywords: Keywords): void {
  const sayable = values.filter(isScalar)
  if (sayable.length === values.length) return
  delete keywords.const
  delete keywords.enum
  delete keywords.type
  if (sayable.length > 0) keywords.enum = sayable
}

function isScalar(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value)
  return value === null || typeof value === 'string' || typeof value === 'boolean'
}
