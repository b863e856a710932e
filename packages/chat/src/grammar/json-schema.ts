import { fault, instead } from './fault.ts'
import { numbers } from './numbers.ts'
import { characterClass, either, type Rules, times } from './rules.ts'
import { numberBody, stringBody } from './scalars.ts'
import { character, constant, string } from './strings.ts'

type Schema = Readonly<Record<string, unknown>>

/** White space between the parts of a value: what most models write, and no room to write nothing else. */
const space = '" "?'

/** What describes and does not constrain. */
const notes = ['title', 'description', 'default', 'examples', '$schema', '$id', '$comment', '$defs', 'definitions', 'deprecated', 'readOnly', 'writeOnly', 'id']
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
 * The rule for JSON that satisfies a schema. Properties come in the schema's order; an object that names some has no others, unless
 * `additionalProperties` says so. `oneOf` is taken as `anyOf`.
 * Throws `unsupported` for a keyword it cannot hold to, `invalid-request` for a schema that contradicts itself.
 */
export function schemaRule(grammar: Rules, schema: unknown): string {
  const refs = new Map<string, string>()

  function rule(schema: unknown, at: string): string {
    if (schema === true || schema === undefined) return any()
    if (!isObject(schema)) throw fault('invalid-request', at, `is ${JSON.stringify(schema)}, and no schema`)
    const name = grammar.fresh(`json-${at}`)
    return grammar.rule(name, () => body(schema, at))
  }

  function body(schema: Schema, at: string): string {
    if (schema.$ref !== undefined) return referred(schema, at)
    if (schema.anyOf !== undefined && schema.oneOf !== undefined) throw fault('unsupported', at, 'has both anyOf and oneOf; use one of them')
    const { allOf, anyOf = schema.oneOf, ...rest } = schema
    if (allOf !== undefined) return body(merged(list(allOf, at), rest, at), at)
    if (anyOf !== undefined) {
      const { oneOf: _, ...shared } = rest
      const branches = list(anyOf, at)
      assertOnly(shared, notes, at)
      return either(...branches.map((branch, index) => rule(branch, `${at}-${index + 1}`)))
    }
    if (schema.const !== undefined || schema.enum !== undefined) assertOnly(schema, [...notes, 'type', 'const', 'enum'], at)
    if (schema.const !== undefined) return constant(schema.const)
    if (Array.isArray(schema.enum)) return either(...schema.enum.map(constant))

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
        return stringBody(schema, at)
      case 'integer':
      case 'number':
        return numberBody(schema, type, at)
      case 'boolean':
        return '("true" | "false")'
      case 'null':
        return '"null"'
      default:
        throw fault('invalid-request', at, `has the type ${JSON.stringify(type)}, and there is none`)
    }
  }

  /** Required and optional properties in order: `first` where none was written yet, `next` where one was, and a comma is due. */
  function objectBody(schema: Schema, at: string): string {
    const properties = Object.entries(isObject(schema.properties) ? schema.properties : {})
    const required = Array.isArray(schema.required) ? schema.required : []
    if (schema.propertyNames !== undefined) assertOnly(asObject(schema.propertyNames, at), [...notes, 'type'], `${at}.propertyNames`)
    const unknown = required.find((key) => !properties.some(([name]) => name === key))
    if (unknown !== undefined) throw fault('unsupported', at, `requires ${JSON.stringify(unknown)} without describing it; put it into properties`)

    const open = schema.additionalProperties ?? properties.length === 0
    /** The rules of the steps that were written, by index and whether a comma is due. */
    const steps = new Map<string, string>()
    const more = open === false ? undefined : `${otherKey(properties.map(([key]) => key), `json-${at}`)} ${space} ":" ${space} ${rule(open, `${at}-more`)}`
    const step = (index: number, due: boolean): string => {
      const property = properties[index]
      const comma = due ? `"," ${space} ` : ''
      if (!property) {
        if (!more) return '""'
        return due ? `("," ${space} ${more})*` : `(${more} ("," ${space} ${more})*)?`
      }
      const [key, value] = property
      const stem = `json-${at}-object-${index}${due ? '-next' : ''}`
      const name = steps.get(stem) ?? grammar.fresh(stem)
      steps.set(stem, name)
      return grammar.rule(name, () => {
        const written = `${comma}${constant(key)} ${space} ":" ${space} ${rule(value, `${at}-${key}`)} ${step(index + 1, true)}`
        return required.includes(key) ? written : either(written, step(index + 1, due))
      })
    }
    return `"{" ${space} ${step(0, false)} ${space} "}"`
  }

  function arrayBody({ items, prefixItems, minItems = 0, maxItems = Infinity }: Schema, at: string): string {
    const first = prefixItems === undefined ? [] : list(prefixItems, at)
    const [least, most] = [Number(minItems), Number(maxItems)]
    if (first.length > 0) {
      if (least > first.length || (items !== undefined && items !== false)) throw fault('unsupported', at, 'has items after its prefixItems; use one or the other')
      return `"[" ${space} ${first.map((item, index) => rule(item, `${at}-${index + 1}`)).join(` ${space} "," ${space} `)} ${space} "]"`
    }
    if (least > most) throw fault('invalid-request', at, `has at least ${least} and at most ${most} items`)
    const item = rule(items, `${at}-item`)
    const some = most === 0 ? '""' : `${item} ${times(`${space} "," ${space} ${item}`, Math.max(0, least - 1), most - 1)}`
    return `"[" ${space} ${least > 0 ? some : `(${some})?`} ${space} "]"`
  }

  function any(): string {
    return grammar.rule('json-any', () => {
      const value = 'json-any'
      const pair = `${string({})} ${space} ":" ${space} ${value}`
      const object = `"{" ${space} (${pair} (${space} "," ${space} ${pair})*)? ${space} "}"`
      const array = `"[" ${space} (${value} (${space} "," ${space} ${value})*)? ${space} "]"`
      return either(object, array, string({}), numbers({ least: -Infinity, most: Infinity }), '"true"', '"false"', '"null"')
    })
  }

  function referred({ $ref: ref, ...rest }: Schema, at: string): string {
    assertOnly(rest, notes, at)
    const path = String(ref)
    const known = refs.get(path)
    if (known !== undefined) return known
    let target: unknown = path.startsWith('#') ? schema : undefined
    for (const key of path.replace(/^#\/?/, '').split('/').filter(Boolean)) target = isObject(target) ? target[decodeURIComponent(key).replaceAll('~1', '/').replaceAll('~0', '~')] : undefined
    if (target === undefined) throw fault('invalid-request', at, `refers to ${path}, which is not in the schema`)
    const name = grammar.fresh(`json-ref-${path}`)
    refs.set(path, name)
    return grammar.rule(name, () => body(asObject(target, path), path))
  }

  /** A key that is none of these, so that no value is written twice: a tree of their characters, left where it is left. */
  function otherKey(keys: readonly string[], stem: string): string {
    if (keys.length === 0) return string({})
    const tree = (rest: readonly string[], at: string): string =>
      grammar.rule(grammar.fresh(`${stem}-key${at}`), () => {
        const next = [...new Set(rest.flatMap((key) => [...key].slice(0, 1)))]
        const leaving = next.length > 0 ? `[^"\\\\\\x00-\\x1F\\x7F${characterClass(next).slice(1, -1)}] ${character}*` : `${character}+`
        const going = next.map((head, index) => {
          const deeper = rest.filter((key) => [...key][0] === head).map((key) => [...key].slice(1).join(''))
          return `${characterClass([head])} ${tree(deeper, `${at}-${index}`)}`
        })
        const ended = rest.includes('') ? [] : ['""']
        return either(leaving, ...going, ...ended)
      })
    return `"\\"" ${tree(keys, '')} "\\""`
  }

  return rule(schema, 'value')
}

function typesOf({ type, properties, items, prefixItems }: Schema): readonly string[] {
  if (typeof type === 'string') return [type]
  if (Array.isArray(type)) return type.map(String)
  if (properties !== undefined) return ['object']
  return items !== undefined || prefixItems !== undefined ? ['array'] : []
}

/** Objects that a value has to satisfy all of, as one. */
function merged(parts: readonly unknown[], rest: Schema, at: string): Schema {
  const schemas = [rest, ...parts.map((part) => asObject(part, at))].filter((schema) => Object.keys(schema).some((key) => !notes.includes(key)))
  const [only] = schemas
  if (only && schemas.length === 1) return only
  for (const schema of schemas) {
    if (typesOf(schema)[0] !== 'object') throw fault('unsupported', at, 'has an allOf of what are not objects')
    assertOnly(schema, [...notes, 'type', 'properties', 'required', 'additionalProperties'], at)
  }
  const keys = schemas.flatMap(({ properties }) => Object.keys(properties ?? {}))
  const twice = keys.find((key, index) => keys.indexOf(key) < index)
  if (twice !== undefined) throw fault('unsupported', at, `has an allOf that describes ${JSON.stringify(twice)} twice; describe it in one place`)
  return {
    type: 'object',
    properties: Object.assign({}, ...schemas.map(({ properties }) => properties)) as unknown,
    required: schemas.flatMap(({ required }) => (Array.isArray(required) ? required : [])),
  }
}

function assertOnly(schema: Schema, allowed: readonly string[], at: string): void {
  const other = Object.keys(schema).find((key) => !allowed.includes(key) && schema[key] !== undefined)
  if (other !== undefined) throw fault('unsupported', at, `has ${JSON.stringify(other)}, which cannot be kept to while sampling; ${instead}`)
}

function list(value: unknown, at: string): readonly unknown[] {
  if (Array.isArray(value) && value.length > 0) return value
  throw fault('invalid-request', at, `needs a list where it has ${JSON.stringify(value)}`)
}

function asObject(value: unknown, at: string): Schema {
  if (isObject(value)) return value
  throw fault('invalid-request', at, `is ${JSON.stringify(value)}, and no schema`)
}

function isObject(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
