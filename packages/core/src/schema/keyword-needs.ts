import { describeValue } from '../describe-value.ts'
import { findPatternFault } from '../pattern/find-pattern-fault.ts'
import {
  annotations,
  countKeywords,
  isCount,
  isJsonObject,
  schemaListKeywords,
  schemaTypes,
} from '../schema-keywords.ts'
import { findMatcher } from './check-scalar.ts'
import { referenceKeywords } from './schema-references.ts'

/** What the value of a keyword has to be. */
interface KeywordNeed {
  readonly isMet: (value: unknown) => boolean
  readonly text: string
}

/** Why a schema is refused, after the place of what is at fault. */
export interface SchemaProblem {
  /** `unsupported` for what JSON Schema allows, and nano does not follow. */
  readonly code: 'invalid-request' | 'unsupported'
  readonly reason: string
}

type Check = KeywordNeed['isMet']

const isText: Check = (value) => typeof value === 'string'
const isNumber: Check = (value) => typeof value === 'number'
const isBoolean: Check = (value) => typeof value === 'boolean'
const isSchema: Check = (value) => isBoolean(value) || isJsonObject(value)
const isType: Check = (value) => schemaTypes.includes(value as string) || value === 'any'

function isListOf(value: unknown, check: Check): boolean {
  return Array.isArray(value) && value.every(check)
}

function isMapOf(value: unknown, check: Check): boolean {
  return isJsonObject(value) && Object.values(value).every(check)
}

function isFull(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0
}

const aText: KeywordNeed = { isMet: isText, text: 'a text' }
const aNumber: KeywordNeed = { isMet: isNumber, text: 'a number' }
const aSchema: KeywordNeed = { isMet: isSchema, text: 'a schema: an object, true or false' }
const anything: KeywordNeed = { isMet: () => true, text: 'a value' }
// The members of these are looked at as schemas of their own, each in its place.
const namedSchemas: KeywordNeed = { isMet: isJsonObject, text: 'an object of schemas' }
const schemaList: KeywordNeed = { isMet: isFull, text: 'a list of schemas that is not empty' }

/** By keyword. */
const needs = new Map<string, KeywordNeed>([
  ...assignNeed(countKeywords, { isMet: isCount, text: 'a whole number of 0 or more' }),
  ...assignNeed(schemaListKeywords, schemaList),
  ...assignNeed(referenceKeywords, aText),
  ...assignNeed(['minimum', 'maximum'], aNumber),
  // Booleans in draft 4.
  ...assignNeed(['exclusiveMinimum', 'exclusiveMaximum'], {
    isMet: (value) => isNumber(value) || isBoolean(value),
    text: 'a number',
  }),
  ...assignNeed(['not', 'if', 'then', 'else', 'contains', 'propertyNames'], aSchema),
  ...assignNeed(['additionalProperties', 'additionalItems'], aSchema),
  ...assignNeed(['unevaluatedProperties', 'unevaluatedItems', 'contentSchema'], aSchema),
  ...assignNeed(['properties', 'dependentSchemas', '$defs', 'definitions'], namedSchemas),
  ...assignNeed(['contentEncoding', 'contentMediaType', '$dynamicAnchor', 'id'], aText),
  ...assignNeed(['format', 'pattern'], aText),
  ['const', anything],
  ['enum', { isMet: isFull, text: 'a list that is not empty' }],
  [
    'multipleOf',
    { isMet: (value) => Number(value) > 0 && isNumber(value), text: 'a number above 0' },
  ],
  ['uniqueItems', { isMet: isBoolean, text: 'true or false' }],
  ['type', { isMet: isTypes, text: `one or more of ${schemaTypes.join(', ')}` }],
  // A boolean in draft 3, where it says something of the object around.
  [
    'required',
    { isMet: (value) => isListOf(value, isText) || isBoolean(value), text: 'a list of names' },
  ],
  [
    'dependentRequired',
    {
      isMet: (value) => isMapOf(value, (names) => isListOf(names, isText)),
      text: 'an object of lists of names',
    },
  ],
  [
    'dependencies',
    {
      isMet: (value) =>
        isMapOf(value, (part) => isSchema(part) || isListOf(part, isText) || isText(part)),
      text: 'an object of schemas and lists of names',
    },
  ],
  ['items', { isMet: (value) => isSchema(value) || Array.isArray(value), text: aSchema.text }],
  ['patternProperties', namedSchemas],
])

function assignNeed(
  names: readonly string[],
  need: KeywordNeed,
): readonly (readonly [string, KeywordNeed])[] {
  return names.map((name) => [name, need] as const)
}

function isTypes(value: unknown): boolean {
  return (
    isType(value) || (isFull(value) && isListOf(value, (part) => isType(part) || isSchema(part)))
  )
}

/** Whether a text is a regular expression; earlier drafts did not ask for Unicode's. */
function isPattern(source: string): boolean {
  return ['u', ''].some((flags) => {
    try {
      new RegExp(source, flags)
      return true
    } catch {
      return false
    }
  })
}

/** What is wrong with a keyword or its value; undefined where it can be followed or ignored. */
export function findKeywordProblem(
  keyword: string,
  value: unknown,
  isStrict: boolean,
): SchemaProblem | undefined {
  const need = needs.get(keyword)
  if (!need) {
    const isAnnotation = Object.hasOwn(annotations, keyword)
    const isRefused = isStrict && !(isAnnotation && annotations[keyword]?.(value))
    return isRefused ? refuseUnknown(isAnnotation) : undefined
  }
  if (!need.isMet(value))
    return {
      code: 'invalid-request',
      reason: `is ${describeShort(value)}, and has to be ${need.text}`,
    }
  if (keyword === 'pattern') return findPatternProblem(String(value))
  if (keyword !== 'patternProperties') return undefined
  return Object.keys(Object(value))
    .map(findPatternProblem)
    .find((problem) => problem)
}

function refuseUnknown(isAnnotation: boolean): SchemaProblem {
  const reason = isAnnotation
    ? 'has a value that this keyword cannot have'
    : 'is an unknown keyword: leave it out, or turn strict off'
  return { code: 'unsupported', reason }
}

function findPatternProblem(source: string): SchemaProblem | undefined {
  if (findMatcher(source)) return undefined
  const fault = findPatternFault(source)
  return {
    code: isPattern(source) ? 'unsupported' : 'invalid-request',
    reason: `has the pattern ${describeShort(source)}: it ${fault}`,
  }
}

/** The most characters of a text that are told. */
const maxTextLength = 60

/** Describes a value of a schema in an error message: a text by its beginning. */
export function describeShort(value: unknown): string {
  if (typeof value !== 'string') return describeValue(value)
  const text = value.length > maxTextLength ? `${value.slice(0, maxTextLength)}…` : value
  return JSON.stringify(text)
}
