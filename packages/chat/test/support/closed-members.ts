import { isJsonObject, namesMembers, validator } from '@nano/core/driver'
import { allowsAnything } from '../../src/grammar/keyword-complement.ts'

/** Of the names that are drawn, those with the pattern that is drawn. */
const patternedNames = ['p1', 'p2']

type Schema = Readonly<Record<string, unknown>>

/** What schemas that hold to a value together say of its members. */
interface MentionedMembers {
  readonly names: ReadonlySet<string>
  readonly itemCount: number
  /** Whether the object, or the list, has other members too. */
  readonly opensObject: boolean
  readonly opensList: boolean
  readonly describesObject: boolean
  readonly describesList: boolean
  readonly hasType: boolean
  readonly minProperties: number
  readonly minItems: number
  /** Names with a pattern are as many as an object needs. */
  readonly hasPatterns: boolean
}

/**
 * Whether a flat value that a schema allows has only members that the schema mentions where it
 * holds, as docs/schemas.md specifies: of each anyOf and oneOf, those of one branch.
 */
export function closedMembers(root: Schema): (value: object) => boolean {
  const validate = validator(root)
  const holds = (value: object, schema: unknown) => validate(value, schema).length === 0

  /** One for each choice of branches. */
  function listMentions(value: object, schema: unknown): readonly MentionedMembers[] {
    if (!isJsonObject(schema)) return [mention({})]
    let mentions: readonly MentionedMembers[] = [mention(schema)]
    const add = (parts: readonly unknown[]) => {
      const others = parts.flatMap((part) => listMentions(value, part))
      mentions = mentions.flatMap((first) => others.map((second) => join(first, second)))
      // Of many choices, those that mention most.
      mentions = mentions.toSorted((a, b) => b.names.size - a.names.size).slice(0, 200)
    }
    for (const part of toList(schema['allOf'])) add([part])
    for (const keyword of ['anyOf', 'oneOf'])
      if (schema[keyword] !== undefined)
        add(toList(schema[keyword]).filter((part) => holds(value, part)))
    for (const [name, needed] of Object.entries(Object(schema['dependentRequired'])))
      if (Object.hasOwn(value, name)) add([{ required: [name, ...toList(needed)] }])
    for (const [name, needed] of Object.entries(Object(schema['dependentSchemas'])))
      if (Object.hasOwn(value, name) && !allowsAnything(needed))
        add([{ required: [name], allOf: [needed] }])
    if (schema['if'] === undefined) return mentions
    if (holds(value, schema['if'])) add([{ allOf: [schema['if'], schema['then'] ?? {}] }])
    else add([schema['else'] ?? {}])
    return mentions
  }

  return (value) =>
    listMentions(value, root).some((members) => {
      const { names, itemCount, minProperties } = members
      const isDescribed = members.describesObject || members.describesList
      if (Array.isArray(value))
        return (
          (members.hasType || !isDescribed || members.describesList) &&
          (members.opensList ||
            itemCount === 0 ||
            members.minItems > itemCount ||
            value.length <= itemCount)
        )
      return (
        (members.hasType || !isDescribed || members.describesObject) &&
        (members.opensObject ||
          !members.describesObject ||
          (minProperties > names.size && !members.hasPatterns) ||
          Object.keys(value).every((name) => names.has(name)))
      )
    })
}

function mention(schema: Schema): MentionedMembers {
  const { properties, required, patternProperties, prefixItems, minItems = 0 } = schema
  const itemCount = toList(prefixItems).length
  const isOpen = (part: unknown) => part !== undefined && part !== false
  return {
    names: new Set([
      ...Object.keys(Object(properties)),
      ...toList(required).map(String),
      ...(patternProperties === undefined ? [] : patternedNames),
    ]),
    itemCount,
    opensObject: isOpen(schema['additionalProperties']) || isOpen(schema['unevaluatedProperties']),
    opensList: isOpen(schema['unevaluatedItems']) || schema['contains'] !== undefined,
    minItems: Number(minItems),
    describesObject: namesMembers(schema),
    describesList: prefixItems !== undefined,
    hasType: schema['type'] !== undefined,
    minProperties: Number(schema['minProperties'] ?? 0),
    hasPatterns: patternProperties !== undefined,
  }
}

function join(first: MentionedMembers, second: MentionedMembers): MentionedMembers {
  return {
    names: new Set([...first.names, ...second.names]),
    itemCount: Math.max(first.itemCount, second.itemCount),
    opensObject: first.opensObject || second.opensObject,
    opensList: first.opensList || second.opensList,
    describesObject: first.describesObject || second.describesObject,
    describesList: first.describesList || second.describesList,
    hasType: first.hasType || second.hasType,
    minProperties: Math.max(first.minProperties, second.minProperties),
    minItems: Math.max(first.minItems, second.minItems),
    hasPatterns: first.hasPatterns || second.hasPatterns,
  }
}

function toList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}
