import { format as formats } from '@cfworker/json-schema'
import { patternMatcher } from '../pattern/match-pattern.ts'
import { parsePattern } from '../pattern/parse-pattern.ts'
import { isJsonObject } from '../schema-keywords.ts'
import { isInternationalHost } from './international-host.ts'
import { isMultiple } from './is-multiple.ts'
import { isSameJson } from './same-json.ts'

type Schema = Readonly<Record<string, unknown>>

/** A keyword that a value does not hold to, and why. */
export type KeywordFault = readonly [keyword: string, problem: string]

/**
 * The faults of a value by the keywords that look at no part of it. Whether it is a choice of the
 * `enum` is known before.
 */
export function checkScalar(
  value: unknown,
  schema: Schema,
  isChoice: boolean,
): readonly KeywordFault[] {
  const faults: KeywordFault[] = []
  const { type, enum: choices } = schema
  const hasOneType = Array.isArray(type)
    ? type.some((name) => hasType(value, name))
    : hasType(value, type)
  if (type !== undefined && !hasOneType)
    faults.push(['type', `is not of the type ${[type].flat().join(' or ')}`])
  if (schema.const !== undefined && !isSameJson(value, schema.const))
    faults.push(['const', `is not ${JSON.stringify(schema.const)}`])
  if (Array.isArray(choices) && !isChoice)
    faults.push(['enum', `is none of ${describeChoices(choices)}`])
  if (typeof value === 'number') faults.push(...checkNumber(value, schema))
  if (typeof value === 'string') faults.push(...checkText(value, schema))
  return faults
}

/** The first characters of the choices, of which each takes one or more: there may be 100,000. */
function describeChoices(choices: readonly unknown[]): string {
  return JSON.stringify(choices.slice(0, maxChoiceLength)).slice(0, maxChoiceLength)
}

/** Characters of the choices that are told. */
const maxChoiceLength = 1_000

/** Whether a value has a `type` of JSON Schema; no value has an unknown type. */
export function hasType(value: unknown, type: unknown): boolean {
  switch (type) {
    case 'integer':
      return Number.isInteger(value)
    case 'null':
      return value === null
    case 'array':
      return Array.isArray(value)
    case 'object':
      return isJsonObject(value)
    case 'any':
      return true
    default:
      return typeof value === type
  }
}

function checkNumber(value: number, schema: Schema): readonly KeywordFault[] {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema
  const faults: KeywordFault[] = []
  // In draft 4, the exclusive keywords are booleans beside the others.
  if (
    typeof minimum === 'number' &&
    !(exclusiveMinimum === true ? value > minimum : value >= minimum)
  )
    faults.push(['minimum', `is less than ${minimum}`])
  if (
    typeof maximum === 'number' &&
    !(exclusiveMaximum === true ? value < maximum : value <= maximum)
  )
    faults.push(['maximum', `is more than ${maximum}`])
  if (typeof exclusiveMinimum === 'number' && !(value > exclusiveMinimum))
    faults.push(['exclusiveMinimum', `is not more than ${exclusiveMinimum}`])
  if (typeof exclusiveMaximum === 'number' && !(value < exclusiveMaximum))
    faults.push(['exclusiveMaximum', `is not less than ${exclusiveMaximum}`])
  if (typeof multipleOf === 'number' && !isMultiple(value, multipleOf))
    faults.push(['multipleOf', `is not a multiple of ${multipleOf}`])
  return faults
}

function checkText(value: string, schema: Schema): readonly KeywordFault[] {
  const { minLength, maxLength, pattern, format } = schema
  const faults: KeywordFault[] = []
  // The length in code points is at most that in UTF-16, and at least half of it.
  const length =
    typeof minLength === 'number' || typeof maxLength === 'number' ? [...value].length : 0
  if (typeof minLength === 'number' && length < minLength)
    faults.push(['minLength', `has fewer than ${minLength} characters`])
  if (typeof maxLength === 'number' && length > maxLength)
    faults.push(['maxLength', `has more than ${maxLength} characters`])
  if (typeof pattern === 'string' && findMatcher(pattern)?.(value) === false)
    faults.push(['pattern', `does not match ${pattern}`])
  if (typeof format === 'string' && findFormat(format)?.(value) === false)
    faults.push(['format', `is not of the format ${format}`])
  return faults
}

const matchers = new Map<string, ((text: string) => boolean) | undefined>()
const maxMatchers = 500

/** Tells whether a text has a pattern; undefined for a pattern that cannot be followed. */
export function findMatcher(source: string): ((text: string) => boolean) | undefined {
  if (!matchers.has(source)) {
    if (matchers.size >= maxMatchers) matchers.clear()
    const pattern = parsePattern(source)
    matchers.set(source, pattern && patternMatcher(pattern))
  }
  return matchers.get(source)
}

/** Formats that the library has not, or reads otherwise. */
const ownFormats = new Map<string, (text: string) => boolean>([
  ['uri', isAddress],
  ['idn-email', (text) => text.includes('@')],
  ['idn-hostname', isInternationalHost],
  ['iri', isInternationalAddress],
  ['iri-reference', (text) => formats['uri-reference']?.(replaceLetters(text)) !== false],
])

/**
 * Whether a text is an address with a scheme. Nothing has to follow that: the library wants a path.
 * @see https://www.rfc-editor.org/rfc/rfc3986#section-3
 */
function isAddress(text: string): boolean {
  return formats['uri']?.(text.replace(/^([a-z][a-z\d+.-]*:)(?=$|[?#])/i, '$1a')) === true
}

/** Whether a text is an address with a scheme, which is of ASCII alone. */
function isInternationalAddress(text: string): boolean {
  const hasScheme = /^[a-z][a-z\d+.-]*:/i.test(text)
  return hasScheme && hasOneHost(text) && isAddress(replaceLetters(text))
}

/** Whether a colon stands in a host only within brackets, and otherwise before a port. */
function hasOneHost(address: string): boolean {
  const [, authority] = /^[^:/?#]+:\/\/([^/?#]*)/.exec(address) ?? []
  return authority === undefined || /^(?:[^@]*@)?(?:\[[^\]]*\]|[^:]*)(?::\d*)?$/.test(authority)
}

/** Puts a letter of ASCII for every character beyond it. */
function replaceLetters(text: string): string {
  return text.replaceAll(/[^\0-\x7F]/g, 'a')
}

/** What a text of a format has to match besides the library's check of the format. */
const extraFormatPatterns = new Map([
  // A date and a time have a T between them, as the ABNF of RFC 3339 has.
  ['date-time', /^.{10}t/i],
  // An offset belongs to a time.
  ['time', /(?:z|[+-]\d\d:\d\d)$/i],
  // A number that begins with 0 is taken for an octal one.
  ['ipv4', /^(?!(?:.*\.)?0\d)/],
])

/** The check of a format; undefined for an unknown one. */
export function findFormat(name: string): ((text: string) => boolean) | undefined {
  const ownFormat = ownFormats.get(name)
  if (ownFormat) return ownFormat
  if (!Object.hasOwn(formats, name)) return undefined
  const format = formats[name]
  const extraPattern = extraFormatPatterns.get(name)
  return extraPattern ? (text) => extraPattern.test(text) && format?.(text) === true : format
}
