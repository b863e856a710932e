import { parsePattern } from '../pattern/parse-pattern.ts'
import type { Pattern } from '../pattern/pattern.ts'
import {
  annotations,
  checkedKeywords,
  countKeywords,
  isCount,
  isJsonObject,
  looseFormats,
  schemaListKeywords,
  schemaTypes,
} from '../schema-keywords.ts'
import { readChoices } from './check-choice.ts'
import { findFormat, findMatcher } from './check-scalar.ts'
import { hasReferenceCircle } from './reference-circle.ts'
import { referenceKeywords, type SchemaReferences } from './schema-references.ts'
import type { Steps } from './steps.ts'
import { listSubschemas } from './subschemas.ts'

type Check = (value: unknown) => boolean
const text: Check = (value) => typeof value === 'string'
const number: Check = (value) => typeof value === 'number' && Number.isFinite(value)
const boolean: Check = (value) => typeof value === 'boolean'
const schema: Check = (value) => typeof value === 'boolean' || isJsonObject(value)
const type: Check = (value) => schemaTypes.includes(value as string) || value === 'any'
const schemaMap: Check = (value) => isJsonObject(value) && Object.values(value).every(schema)
const schemaList: Check = (value) => listOf(schema)(value) && (value as unknown[]).length > 0

function listOf(itemCheck: Check): Check {
  return (value) => Array.isArray(value) && value.every(itemCheck)
}

function mapOf(valueCheck: Check): Check {
  return (value) => isJsonObject(value) && Object.values(value).every(valueCheck)
}

function either(...checks: readonly Check[]): Check {
  return (value) => checks.some((check) => check(value))
}

function assignCheck(names: readonly string[], check: Check): Readonly<Record<string, Check>> {
  return Object.fromEntries(names.map((name) => [name, check]))
}

const pattern: Check = (value) => text(value) && findMatcher(value as string) !== undefined

/** What the value of each keyword has to be. */
const keywords: Readonly<Record<string, Check>> = {
  ...annotations,
  ...assignCheck(countKeywords, isCount),
  ...assignCheck(schemaListKeywords, schemaList),
  ...assignCheck(referenceKeywords, text),
  ...assignCheck(['minimum', 'maximum'], number),
  // Booleans in draft 4.
  ...assignCheck(['exclusiveMinimum', 'exclusiveMaximum'], either(number, boolean)),
  ...assignCheck(['not', 'if', 'then', 'else', 'contains', 'propertyNames'], schema),
  ...assignCheck(['additionalProperties', 'additionalItems'], schema),
  ...assignCheck(['unevaluatedProperties', 'unevaluatedItems', 'contentSchema'], schema),
  ...assignCheck(['properties', 'dependentSchemas', '$defs', 'definitions'], schemaMap),
  ...assignCheck(['contentEncoding', 'contentMediaType', '$dynamicAnchor', 'id'], text),
  type: (value) => type(value) || (listOf(either(type, schema))(value) && !isEmpty(value)),
  enum: (value) => Array.isArray(value) && !isEmpty(value),
  const: () => true,
  format: text,
  pattern,
  multipleOf: (value) => number(value) && Number(value) > 0,
  uniqueItems: boolean,
  // A boolean in draft 3, where it says something of the object around.
  required: either(listOf(text), boolean),
  dependentRequired: mapOf(listOf(text)),
  dependencies: mapOf(either(schema, listOf(text), text)),
  items: either(schema, listOf(schema)),
  patternProperties: (value) => schemaMap(value) && Object.keys(value as object).every(pattern),
}

/** Annotations whose value is not checked: tools write all kinds of things there. */
const looseKeywords = Object.keys(annotations)

function isEmpty(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0
}

export interface SchemaCheckOptions {
  /** Refuses unknown keywords and formats, which are otherwise ignored. */
  readonly isStrict?: boolean
  /** Refuses keywords that a grammar cannot enforce while a model writes. */
  readonly isHeld?: boolean
}

/** The first thing of a schema by which no value can be checked; undefined where all can. */
export function* checkSchema(
  root: unknown,
  references: SchemaReferences,
  options: SchemaCheckOptions,
): Steps<string | undefined> {
  let hasReferences = false
  for (const [place, part] of walkSchemas(root)) {
    yield
    if (!isJsonObject(part)) return `${place} is not a schema`
    const uncheckable = findUncheckable(place, part, options)
    if (uncheckable !== undefined) return uncheckable
    if (Array.isArray(part.enum)) yield* readChoices(part.enum)
    for (const keyword of referenceKeywords) {
      if (part[keyword] === undefined) continue
      hasReferences = true
      yield* references.read()
      if (references.find(part, keyword) === undefined)
        return `${place}/${keyword} refers to nothing in the schema`
    }
  }
  // Only references can lead back to themselves.
  const hasCircle = hasReferences && (yield* hasReferenceCircle(root, references))
  return hasCircle ? circleReason : undefined
}

/** Of a schema that a reference leads back to before it looks at a part of the value. */
export const circleReason = 'a reference in it leads back to itself'

function findUncheckable(
  place: string,
  part: Readonly<Record<string, unknown>>,
  { isStrict = false, isHeld = false }: SchemaCheckOptions,
): string | undefined {
  for (const [keyword, value] of Object.entries(part)) {
    const isKnown = Object.hasOwn(keywords, keyword)
    const isRight = isKnown ? keywords[keyword]?.(value) : !isStrict
    if (!isRight && (isStrict || !looseKeywords.includes(keyword)))
      return isKnown
        ? `${place}/${keyword} has a value that this keyword cannot have`
        : `${place}/${keyword} is an unknown keyword`
  }
  if (isStrict && typeof part.format === 'string' && !findFormat(part.format))
    return `${place}/format is an unknown format`
  const checkedAfter = isHeld ? findCheckedAfter(part) : undefined
  return checkedAfter && `no grammar can enforce ${place}/${checkedAfter}`
}

type PlacedSchema = readonly [place: string, schema: unknown]

/** All schemas within one, each before those within it, and each once. */
function* walkSchemas(root: unknown): Generator<PlacedSchema, void, undefined> {
  const seenSchemas = new Set<unknown>()
  const levels: { readonly place: string; readonly parts: Iterator<PlacedSchema, unknown> }[] = [
    { place: '#', parts: [['', root] as const].values() },
  ]
  for (let level = levels.at(-1); level; level = levels.at(-1)) {
    const next = level.parts.next()
    if (next.done) {
      levels.pop()
      continue
    }
    const [pointer, part] = next.value
    if (typeof part === 'boolean' || seenSchemas.has(part)) continue
    seenSchemas.add(part)
    const place = level.place + pointer
    yield [place, part]
    if (isJsonObject(part)) levels.push({ place, parts: listSubschemas(part) })
  }
}

/** A keyword that grammars do not hold, or not in this place; undefined where all are held. */
function findCheckedAfter(part: Readonly<Record<string, unknown>>): string | undefined {
  const { multipleOf, pattern: source, format, properties } = part
  const has = (keyword: string) => part[keyword] !== undefined
  const counts = ['minProperties', 'maxProperties'].find(has)
  if (counts !== undefined && properties !== undefined) return counts
  if (multipleOf !== undefined && multipleOf !== 1) return 'multipleOf'
  if (typeof source === 'string' && !isHeldPattern(source)) return 'pattern'
  const length = ['minLength', 'maxLength'].find(has)
  if (length !== undefined && (source !== undefined || format !== undefined)) return length
  if (source !== undefined && format !== undefined) return 'format'
  if (typeof format === 'string' && looseFormats.includes(format)) return 'format'
  return checkedKeywords.find(has)
}

/** Whether a grammar holds a pattern: it looks nowhere, and names no Unicode property. */
function isHeldPattern(source: string): boolean {
  const isHeld = (part: Pattern): boolean => {
    if (part.type === 'sequence') return part.parts.every(isHeld)
    if (part.type === 'choice') return part.options.every(isHeld)
    if (part.type === 'repeat') return isHeld(part.body)
    if (part.type === 'characters') return part.properties.length === 0
    return part.type === 'start' || part.type === 'end'
  }
  const parsed = parsePattern(source)
  return parsed !== undefined && isHeld(parsed)
}
