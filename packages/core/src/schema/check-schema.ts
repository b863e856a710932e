import { parsePattern } from '../pattern/parse-pattern.ts'
import type { Pattern } from '../pattern/pattern.ts'
import { describeValue } from '../describe-value.ts'
import { checkedKeywords, isJsonObject, looseFormats } from '../schema-keywords.ts'
import { readChoices } from './check-choice.ts'
import { findFormat } from './check-scalar.ts'
import { findKeywordProblem, type SchemaProblem } from './keyword-needs.ts'
import { hasReferenceCircle } from './reference-circle.ts'
import { referenceKeywords, type SchemaReferences } from './schema-references.ts'
import type { Steps } from './steps.ts'
import { escapePointer, listSubschemas } from './subschemas.ts'

export interface SchemaCheckOptions {
  /** Refuses unknown keywords and formats, which are otherwise ignored. */
  readonly isStrict?: boolean
  /** Refuses keywords that a grammar cannot enforce while a model writes. */
  readonly isHeld?: boolean
}

/** The first problem of a schema, with its place; undefined where values can be checked by it. */
export function* checkSchema(
  root: unknown,
  references: SchemaReferences,
  options: SchemaCheckOptions,
): Steps<SchemaProblem | undefined> {
  let hasReferences = false
  for (const [place, part] of walkSchemas(root)) {
    yield
    const problem = isJsonObject(part) ? findProblem(place, part, options) : noSchema(place, part)
    if (problem) return problem
    if (!isJsonObject(part)) continue
    if (Array.isArray(part.enum)) yield* readChoices(part.enum)
    for (const keyword of referenceKeywords) {
      if (part[keyword] === undefined) continue
      hasReferences = true
      yield* references.read()
      if (references.find(part, keyword) !== undefined) continue
      const reference = `${place}/${keyword}`
      return references.leadsBeyond(part, keyword)
        ? refuse('unsupported', `${reference} refers to another schema: copy it into $defs`)
        : refuse('invalid-request', `${reference} refers to nothing in the schema`)
    }
  }
  // Only references can lead back to themselves.
  const hasCircle = hasReferences && (yield* hasReferenceCircle(root, references))
  return hasCircle ? circleProblem : undefined
}

function refuse(code: SchemaProblem['code'], reason: string): SchemaProblem {
  return { code, reason }
}

/** Of a schema that a reference leads back to before it looks at a part of the value. */
export const circleProblem = refuse(
  'invalid-request',
  'a reference in it leads back to itself before anything is written; ' +
    'refer to it from within a property or an item',
)

function noSchema(place: string, part: unknown): SchemaProblem {
  const need = 'a schema: an object, true or false'
  return refuse('invalid-request', `${place} is ${describeValue(part)}, and has to be ${need}`)
}

function findProblem(
  place: string,
  part: Readonly<Record<string, unknown>>,
  { isStrict = false, isHeld = false }: SchemaCheckOptions,
): SchemaProblem | undefined {
  for (const [keyword, value] of Object.entries(part)) {
    const problem = findKeywordProblem(keyword, value, isStrict)
    if (problem) return refuse(problem.code, `${place}/${escapePointer(keyword)} ${problem.reason}`)
  }
  if (isStrict && typeof part.format === 'string' && !findFormat(part.format))
    return refuse('unsupported', `${place}/format is an unknown format`)
  const checkedAfter = isHeld ? findCheckedAfter(part) : undefined
  return checkedAfter === undefined
    ? undefined
    : refuse('unsupported', `no grammar can enforce ${place}/${checkedAfter}`)
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
