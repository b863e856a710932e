import { fault, instead } from './schema-fault.ts'
import { otherKey } from './other-key.ts'
import { numbers } from './number-range.ts'
import { either, type GrammarBuilder, times } from './grammar-builder.ts'
import { numberBody, stringBody } from './scalar-rules.ts'
import { constant, string } from './json-string.ts'
import {
  asSchema,
  bounds,
  isObject,
  list,
  type Schema,
  typesIn,
  valuesIn,
} from './schema-keywords.ts'

/**
 * White space between the parts of a value: what most models write, and no room to write nothing
 * else.
 */
const space = '" "?'

/** What describes and does not constrain. */
const notes = [
  'title',
  'description',
  'default',
  'examples',
  '$schema',
  '$id',
  '$comment',
  '$defs',
  'definitions',
  'deprecated',
  'readOnly',
  'writeOnly',
  'id',
]
const keywords: Readonly<Record<string, readonly string[]>> = {
  object: ['properties', 'required', 'additionalProperties', 'propertyNames'],
  array: ['items', 'prefixItems', 'minItems', 'maxItems'],
  string: ['minLength', 'maxLength', 'format', 'pattern'],
  number: ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf', 'format'],
  integer: ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf', 'format'],
  boolean: [],
  null: [],
}

/**
 * The rule for JSON that satisfies a schema. Properties come in the schema's order; an object that
 * names some has no others, unless `additionalProperties` says so. `oneOf` is taken as `anyOf`.
 * Throws `unsupported` for a keyword it cannot hold to, `invalid-request` for a schema that
 * contradicts itself.
 */
export function schemaRule(grammar: GrammarBuilder, schema: unknown): string {
  const refs = new Map<Schema, string>()
  /** What each schema that is referred to refers to before it writes anything. */
  const heads = new Map<Schema, Set<Schema>>()

  /** `head` is the schema that is referred to and begins with this one, if one does. */
  function rule(value: unknown, at: string, head?: Schema): string {
    if (value === true || value === undefined) return any()
    const schema = asSchema(value, at)
    const name = grammar.reserveName(`json-${at}`)
    return grammar.addRule(name, () => body(schema, at, head))
  }

  function body(schema: Schema, at: string, head?: Schema): string {
    if (schema.$ref !== undefined) return referred(schema, at, head)
    if (schema.anyOf !== undefined && schema.oneOf !== undefined)
      throw fault('unsupported', at, 'has both anyOf and oneOf; use one of them')
    const { allOf, anyOf = schema.oneOf, ...rest } = schema
    if (allOf !== undefined) return body(merged(list(allOf, 'allOf', at), rest, at), at, head)
    if (anyOf !== undefined) {
      const { oneOf: _, ...shared } = rest
      const branches = list(anyOf, 'anyOf', at)
      assertOnly(shared, notes, at)
      return either(...branches.map((branch, index) => rule(branch, `${at}-${index + 1}`, head)))
    }
    if (schema.const !== undefined || schema.enum !== undefined)
      assertOnly(schema, [...notes, 'type', 'const', 'enum'], at)
    const values = valuesIn(schema, at)
    if (values.length > 0) return either(...values.map(constant))

    const types = typesOf(schema)
    if (types.length === 0) {
      assertOnly(schema, notes, at)
      return any()
    }
    assertOnly(schema, [...notes, 'type', ...types.flatMap((type) => keywords[type] ?? [])], at)
    return either(...types.map((type) => typed(type, schema, at)))
  }

  function typed(type: string, schema: Schema, at: string): string {
    switch (type) {
      case 'object':
        return objectBody(schema, at)
      case 'array':
        return arrayBody(schema, at)
      case 'string':
        return stringBody(grammar, schema, at)
      case 'integer':
      case 'number':
        return numberBody(schema, type, at)
      case 'boolean':
        return '("true" | "false")'
      default:
        return '"null"'
    }
  }

  /**
   * Required and optional properties in order: `first` where none was written yet, `next` where one
   * was, and a comma is due.
   */
  function objectBody(schema: Schema, at: string): string {
    const properties = Object.entries(isObject(schema.properties) ? schema.properties : {})
    const required = Array.isArray(schema.required) ? schema.required : []
    if (schema.propertyNames !== undefined)
      assertOnly(asSchema(schema.propertyNames, at), [...notes, 'type'], `${at}.propertyNames`)
    const unknown = required.find((key) => !properties.some(([name]) => name === key))
    if (unknown !== undefined)
      throw fault(
        'unsupported',
        at,
        `requires ${JSON.stringify(unknown)} without describing it; put it into properties`,
      )

    const { additionalProperties: open = properties.length === 0 } = schema
    /** The rules of the steps that were written, by index and whether a comma is due. */
    const steps = new Map<string, string>()
    const more =
      open === false
        ? undefined
        : `${otherKey(
            grammar,
            properties.map(([key]) => key),
            `json-${at}`,
          )} ${space} ":" ${space} ${rule(open, `${at}-more`)}`
    const step = (index: number, due: boolean): string => {
      const property = properties[index]
      const comma = due ? `"," ${space} ` : ''
      if (!property) {
        if (!more) return '""'
        return due ? `("," ${space} ${more})*` : `(${more} ("," ${space} ${more})*)?`
      }
      const [key, value] = property
      const stem = `json-${at}-object-${index}${due ? '-next' : ''}`
      const name = steps.get(stem) ?? grammar.reserveName(stem)
      steps.set(stem, name)
      return grammar.addRule(name, () => {
        const written = `${comma}${constant(key)} ${space} ":" ${space} ${rule(value, `${at}-${key}`)} ${step(index + 1, true)}`
        return required.includes(key) ? written : either(written, step(index + 1, due))
      })
    }
    return `"{" ${space} ${step(0, false)} ${space} "}"`
  }

  /** All of a tuple's items; after them others, where the schema speaks of some. */
  function arrayBody(schema: Schema, at: string): string {
    const { least, most } = bounds(schema, 'Items', at)
    const first =
      schema.prefixItems === undefined ? [] : list(schema.prefixItems, 'prefixItems', at)
    const open =
      schema.items === undefined
        ? first.length === 0 || least > first.length || (most !== Infinity && most > first.length)
        : schema.items !== false
    if (!open && least > first.length)
      throw fault(
        'invalid-request',
        at,
        `has the minItems ${least}, and no items after the first ${first.length}`,
      )
    const comma = `${space} "," ${space}`
    const written = first.slice(0, most).map((item, index) => rule(item, `${at}-${index + 1}`))
    const rest = {
      least: Math.max(0, least - written.length),
      most: open ? most - written.length : 0,
    }
    if (rest.most === 0) return `"[" ${space} ${written.join(` ${comma} `)} ${space} "]"`

    const item = rule(schema.items, `${at}-item`)
    const next = (bounds: typeof rest) => times(grammar, `${comma} ${item}`, bounds)
    if (written.length > 0)
      return `"[" ${space} ${written.join(` ${comma} `)} ${next(rest)} ${space} "]"`
    const some = grammar.addRule(
      grammar.reserveName(`json-${at}-items`),
      () => `${item} ${next({ least: Math.max(0, least - 1), most: most - 1 })}`,
    )
    return `"[" ${space} ${some}${least > 0 ? '' : '?'} ${space} "]"`
  }

  function any(): string {
    return grammar.addRule('json-any', () => {
      const value = 'json-any'
      const pair = `${string(grammar)} ${space} ":" ${space} ${value}`
      const object = `"{" ${space} (${pair} (${space} "," ${space} ${pair})*)? ${space} "}"`
      const array = `"[" ${space} (${value} (${space} "," ${space} ${value})*)? ${space} "]"`
      return either(
        object,
        array,
        string(grammar),
        numbers({ least: -Infinity, most: Infinity }),
        '"true"',
        '"false"',
        '"null"',
      )
    })
  }

  function referred({ $ref: ref, ...rest }: Schema, at: string, head?: Schema): string {
    assertOnly(rest, notes, at)
    const path = String(ref)
    const found = pointed(schema, path)
    if (found === undefined)
      throw fault('invalid-request', at, `refers to ${path}, which is not in the schema`)
    if (found === true) return any()
    const target = asSchema(found, path)
    if (head) {
      if (leads(target, head))
        throw fault(
          'invalid-request',
          at,
          `refers to ${path}, which leads back here before anything is written; refer to it from within a property or an item`,
        )
      heads.set(head, (heads.get(head) ?? new Set()).add(target))
    }
    const known = refs.get(target)
    if (known !== undefined) return known
    const name = grammar.reserveName(`json-ref-${path}`)
    refs.set(target, name)
    return grammar.addRule(name, () => body(target, path, target))
  }

  /** Whether one schema begins with another. */
  function leads(from: Schema, to: Schema): boolean {
    return from === to || [...(heads.get(from) ?? [])].some((next) => leads(next, to))
  }

  try {
    return rule(schema, 'value', isObject(schema) ? schema : undefined)
  } catch (cause) {
    // Of the stack, which is as deep as the schema, and a step deeper for each property of an
    // object.
    if (cause instanceof RangeError)
      throw fault(
        'unsupported',
        'value',
        `is nested too deep, or has an object of too many properties, to be kept to while sampling; make it flatter, or ${instead}`,
      )
    throw cause
  }
}

function typesOf({ type, properties, items, prefixItems }: Schema): readonly string[] {
  if (type !== undefined) return typesIn(type)
  if (properties !== undefined) return ['object']
  return items !== undefined || prefixItems !== undefined ? ['array'] : []
}

/** What a pointer within the schema points at. */
function pointed(schema: unknown, path: string): unknown {
  if (!path.startsWith('#')) return undefined
  let target = schema
  for (const key of unescaped(path).replace(/^#\/?/, '').split('/').filter(Boolean)) {
    const name = key.replaceAll('~1', '/').replaceAll('~0', '~')
    if (typeof target !== 'object' || target === null || !Object.hasOwn(target, name))
      return undefined
    target = (target as Schema)[name]
  }
  return target
}

function unescaped(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

/** Objects that a value has to satisfy all of, as one. */
function merged(parts: readonly unknown[], rest: Schema, at: string): Schema {
  const schemas = [rest, ...parts.map((part) => asSchema(part, at))].filter((schema) =>
    Object.keys(schema).some((key) => !notes.includes(key)),
  )
  const [only] = schemas
  if (only && schemas.length === 1) return only
  for (const schema of schemas) {
    if (typesOf(schema)[0] !== 'object')
      throw fault('unsupported', at, 'has an allOf of what are not objects')
    assertOnly(schema, [...notes, 'type', 'properties', 'required', 'additionalProperties'], at)
  }
  const keys = schemas.flatMap(({ properties }) => Object.keys(properties ?? {}))
  const twice = keys.find((key, index) => keys.indexOf(key) < index)
  if (twice !== undefined)
    throw fault(
      'unsupported',
      at,
      `has an allOf that describes ${JSON.stringify(twice)} twice; describe it in one place`,
    )
  return {
    type: 'object',
    properties: Object.assign({}, ...schemas.map(({ properties }) => properties)) as unknown,
    required: schemas.flatMap(({ required }) => (Array.isArray(required) ? required : [])),
  }
}

function assertOnly(schema: Schema, allowed: readonly string[], at: string): void {
  const other = Object.keys(schema).find(
    (key) => !allowed.includes(key) && schema[key] !== undefined,
  )
  if (other !== undefined)
    throw fault(
      'unsupported',
      at,
      `has ${JSON.stringify(other)}, which cannot be kept to while sampling; ${instead}`,
    )
}
