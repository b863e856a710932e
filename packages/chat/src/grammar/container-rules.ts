import { isJsonObject } from '@nano/core/driver'
import { either, type GrammarBuilder, repeat } from './grammar-builder.ts'
import { jsonLiteral } from './json-string.ts'
import { otherKey } from './other-key.ts'
import { schemaError } from './schema-error.ts'
import {
  assertOnlyKeywords,
  findCountLimits,
  parseList,
  parseSchema,
  type Schema,
} from './schema-keywords.ts'

/** White space between the parts of a value: as most models write it, and never more of it. */
export const optionalSpace = '" "?'
const comma = `${optionalSpace} "," ${optionalSpace}`
const colon = `${optionalSpace} ":" ${optionalSpace}`

/** What the rule for a container adds its content to. */
interface RuleContext {
  readonly grammar: GrammarBuilder
  /** Adds the rule for a schema, and returns its name. */
  addSchema(schema: unknown, path: string): string
}

/**
 * A JSON object that satisfies the schema, with its properties in the schema's order. Without
 * `additionalProperties`, an object that lists properties has no others.
 */
export function objectBody(
  { grammar, addSchema }: RuleContext,
  schema: Schema,
  path: string,
): string {
  const properties = Object.entries(isJsonObject(schema.properties) ? schema.properties : {})
  const names = properties.map(([name]) => name)
  const required: unknown[] = Array.isArray(schema.required) ? schema.required : []
  if (schema.propertyNames !== undefined)
    assertOnlyKeywords(parseSchema(schema.propertyNames, path), ['type'], `${path}.propertyNames`)
  const undescribed = required.find((name) => !names.some((known) => known === name))
  if (undescribed !== undefined)
    throw schemaError(
      'unsupported',
      path,
      `requires ${JSON.stringify(undescribed)} without describing it; put it into properties`,
    )

  const { additionalProperties = properties.length === 0 } = schema
  const otherProperty =
    additionalProperties === false
      ? undefined
      : `${otherKey(grammar, names, `json-${path}`)} ${colon} ` +
        addSchema(additionalProperties, `${path}-more`)
  /** The names of the rules that `writeFrom` has added, by their stem. */
  const ruleNames = new Map<string, string>()

  /** The properties from `index` on. `position` is `next` once one is written: a comma is due. */
  function writeFrom(index: number, position: 'first' | 'next'): string {
    const property = properties[index]
    if (!property) {
      if (!otherProperty) return '""'
      const more = `("," ${optionalSpace} ${otherProperty})*`
      return position === 'next' ? more : `(${otherProperty} ${more})?`
    }
    const [name, value] = property
    const stem = `json-${path}-object-${index}${position === 'next' ? '-next' : ''}`
    const ruleName = ruleNames.get(stem) ?? grammar.reserveName(stem)
    ruleNames.set(stem, ruleName)
    return grammar.addRule(ruleName, () => {
      const separator = position === 'next' ? `"," ${optionalSpace} ` : ''
      const property =
        `${separator}${jsonLiteral(name)} ${colon} ${addSchema(value, `${path}-${name}`)} ` +
        writeFrom(index + 1, 'next')
      return required.includes(name) ? property : either(property, writeFrom(index + 1, position))
    })
  }

  return `"{" ${optionalSpace} ${writeFrom(0, 'first')} ${optionalSpace} "}"`
}

/**
 * A JSON array that satisfies the schema. It has all items of a tuple, and after them others where
 * the schema mentions others.
 */
export function arrayBody(
  { grammar, addSchema }: RuleContext,
  schema: Schema,
  path: string,
): string {
  const count = findCountLimits(schema, 'Items', path)
  const prefix =
    schema.prefixItems === undefined ? [] : parseList(schema.prefixItems, 'prefixItems', path)
  const mentionsOthers =
    prefix.length === 0 ||
    count.min > prefix.length ||
    (count.max !== Infinity && count.max > prefix.length)
  const allowsOthers = schema.items === undefined ? mentionsOthers : schema.items !== false
  if (!allowsOthers && count.min > prefix.length)
    throw schemaError(
      'invalid-request',
      path,
      `has the minItems ${count.min}, and no items after the first ${prefix.length}`,
    )

  const first = prefix
    .slice(0, count.max)
    .map((item, index) => addSchema(item, `${path}-${index + 1}`))
  const start = `"[" ${optionalSpace}`
  const end = `${optionalSpace} "]"`
  const others = {
    min: Math.max(0, count.min - first.length),
    max: allowsOthers ? count.max - first.length : 0,
  }
  if (others.max === 0) return `${start} ${first.join(` ${comma} `)} ${end}`

  const item = addSchema(schema.items, `${path}-item`)
  const repeatItem = (limits: typeof others) => repeat(grammar, `${comma} ${item}`, limits)
  if (first.length > 0) return `${start} ${first.join(` ${comma} `)} ${repeatItem(others)} ${end}`
  const items = grammar.addRule(
    grammar.reserveName(`json-${path}-items`),
    () => `${item} ${repeatItem({ min: Math.max(0, count.min - 1), max: count.max - 1 })}`,
  )
  return `${start} ${items}${count.min > 0 ? '' : '?'} ${end}`
}
