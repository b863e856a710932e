import { allTypes, describeItems, isJsonObject, type Steps } from '@nano/core/driver'
import { findExcludedMember, listNames } from './excluded-member.ts'
import { type Conjunction, listDescribedTypes, readTypes, type Schema } from './schema-keywords.ts'

/**
 * What alternatives that are left to the check of the whole answer may add to a value. Without it,
 * a closed object would lack the names that only they mention.
 */
export interface DroppedAlternatives {
  /** The types that they name or describe. */
  readonly types: ReadonlySet<string>
  /** The names that they mention, and what each value holds to. */
  readonly names: ReadonlyMap<string, unknown>
  /** Whether they allow names that they do not mention. */
  readonly allowsOthers: boolean
  readonly minProperties: number
  /** How many items of a tuple they mention; Infinity where they allow any number. */
  readonly itemCount: number
  /** How often alternatives were dropped. */
  readonly dropCount: number
}

const nothing: DroppedAlternatives = {
  types: new Set(),
  names: new Map(),
  allowsOthers: false,
  minProperties: 0,
  itemCount: 0,
  dropCount: 0,
}

const anything: DroppedAlternatives = {
  ...nothing,
  types: new Set(allTypes),
  allowsOthers: true,
  itemCount: Infinity,
}

/** More names in all alternatives would fill the grammar: the objects are open in their place. */
const maxNames = 4_000

/** What was dropped more often than this may have been anything. */
const maxDrops = 1_000

/** The names that are read in one step. */
const stepLength = 500

/** Schemas that say nothing but that alternatives were dropped. */
const notes = new WeakMap<Schema, DroppedAlternatives>()

/** What was dropped where a schema stands among others. */
export function findDropped(schema: Schema): DroppedAlternatives | undefined {
  return notes.get(schema)
}

/** Alternatives each with a note of what others would add that are left to the check. */
export function* dropAlternatives(
  alternatives: readonly Conjunction[],
  dropped: readonly Conjunction[],
): Steps<readonly Conjunction[]> {
  const maxCount = maxNames / alternatives.length
  const added = yield* describeDropped(dropped, maxCount)
  const mergedNotes = new Map<DroppedAlternatives, Schema>()
  const notedAlternatives: Conjunction[] = []
  for (const schemas of alternatives) {
    yield
    const last = schemas.at(-1)
    const earlier = (last && findDropped(last)) ?? nothing
    const note = mergedNotes.get(earlier) ?? createNote(mergeDropped(earlier, added, maxCount))
    mergedNotes.set(earlier, note)
    const isNoted = earlier === anything
    const others = earlier === nothing ? schemas : schemas.slice(0, -1)
    notedAlternatives.push(isNoted ? schemas : [...others, note])
  }
  return notedAlternatives
}

function createNote(dropped: DroppedAlternatives): Schema {
  const note = {}
  notes.set(note, dropped)
  return note
}

function mergeDropped(
  first: DroppedAlternatives,
  second: DroppedAlternatives,
  maxCount: number,
): DroppedAlternatives {
  const dropCount = first.dropCount + second.dropCount
  const names = new Map(first.names)
  for (const [name, schema] of second.names) addName(names, name, schema)
  if (first === anything || second === anything || dropCount > maxDrops || names.size > maxCount)
    return anything
  return {
    types: new Set([...first.types, ...second.types]),
    names,
    allowsOthers: first.allowsOthers || second.allowsOthers,
    minProperties: Math.max(first.minProperties, second.minProperties),
    itemCount: Math.max(first.itemCount, second.itemCount),
    dropCount,
  }
}

function* describeDropped(
  alternatives: readonly Conjunction[],
  maxCount: number,
): Steps<DroppedAlternatives> {
  const names = new Map<string, unknown>()
  const types = new Set<string>()
  let [allowsOthers, minProperties, itemCount] = [false, 0, 0]
  for (const schemas of alternatives) {
    yield
    for (const [name, schema] of listMentionedNames(schemas)) {
      addName(names, name, schema)
      if (names.size > maxCount) return anything
      if (names.size % stepLength === 0) yield
    }
    for (const type of listDescribedTypes(schemas)) types.add(type)
    for (const schema of schemas) {
      const dropped = findDropped(schema) ?? nothing
      for (const type of [...(readTypes(schema.type) ?? []), ...dropped.types]) types.add(type)
      allowsOthers ||= dropped.allowsOthers || allowsOtherNames(schema)
      minProperties = Math.max(
        minProperties,
        dropped.minProperties,
        Number(schema.minProperties ?? 0),
      )
      itemCount = Math.max(itemCount, dropped.itemCount, countItems(schema))
    }
  }
  return { types, names, allowsOthers, minProperties, itemCount, dropCount: 1 }
}

/** Adds what a value holds to; any value where several schemas are for one name. */
export function addName(names: Map<string, unknown>, name: string, schema: unknown): void {
  names.set(name, names.has(name) && names.get(name) !== schema ? true : schema)
}

/** The names in one alternative, in the order in which an object has them. */
function* listMentionedNames(
  schemas: Conjunction,
): Generator<readonly [name: string, schema: unknown]> {
  const describedNames = new Set<string>()
  for (const schema of schemas) {
    const { properties } = schema
    const members = Object.entries(isJsonObject(properties) ? properties : {})
    for (const member of [...members, ...(findDropped(schema)?.names ?? [])]) {
      describedNames.add(member[0])
      yield member
    }
  }
  for (const { required } of schemas)
    for (const name of listNames(required)) if (!describedNames.has(name)) yield [name, true]
  for (const schema of schemas) {
    const excludedMember = findExcludedMember(schema)
    if (excludedMember && excludedMember.schema !== false) yield [excludedMember.name, true]
  }
}

function allowsOtherNames(schema: Schema): boolean {
  const { patternProperties, additionalProperties = false, unevaluatedProperties = false } = schema
  const hasPatterns = isJsonObject(patternProperties) && Object.keys(patternProperties).length > 0
  return hasPatterns || additionalProperties !== false || unevaluatedProperties !== false
}

function countItems(schema: Schema): number {
  const { minItems = 0, maxItems, contains, unevaluatedItems = false } = schema
  const { prefix, others = false } = describeItems(schema)
  const isOpen =
    others !== false ||
    maxItems !== undefined ||
    contains !== undefined ||
    unevaluatedItems !== false
  return isOpen ? Infinity : Math.max(prefix.length, Number(minItems))
}
