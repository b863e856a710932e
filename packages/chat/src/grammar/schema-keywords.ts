import { fault } from './schema-fault.ts'

export type Schema = Readonly<Record<string, unknown>>

const types = ['object', 'array', 'string', 'number', 'integer', 'boolean', 'null']
const counts = [
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'minProperties',
  'maxProperties',
  'minContains',
  'maxContains',
]

/**
 * A value as a schema. Throws `invalid-request` where it is none, and for a keyword that has what
 * JSON Schema does not allow.
 */
export function asSchema(value: unknown, at: string): Schema {
  if (!isObject(value))
    throw fault('invalid-request', at, `is ${JSON.stringify(value)}, and no schema`)
  const wrong = (keyword: string, needed: string) =>
    fault(
      'invalid-request',
      at,
      `has the ${keyword} ${JSON.stringify(value[keyword])}, and needs ${needed}`,
    )
  const { type, required, properties } = value

  for (const keyword of counts)
    if (value[keyword] !== undefined && !isCount(value[keyword]))
      throw wrong(keyword, 'a whole number of 0 or more')
  for (const keyword of ['enum', 'prefixItems', 'anyOf', 'oneOf', 'allOf'])
    if (value[keyword] !== undefined) list(value[keyword], keyword, at)
  if (type !== undefined && typeof type !== 'string') list(type, 'type', at)
  const unknown = typesIn(type).find((name) => !types.includes(name))
  if (unknown !== undefined)
    throw fault(
      'invalid-request',
      at,
      `has the type ${JSON.stringify(unknown)}, and there are: ${types.join(', ')}`,
    )
  if (
    required !== undefined &&
    !(Array.isArray(required) && required.every((key) => typeof key === 'string'))
  )
    throw wrong('required', 'a list of names of properties')
  if (properties !== undefined && !isObject(properties))
    throw wrong('properties', 'an object of schemas by name')
  return value
}

/** The names in a `type`. */
export function typesIn(type: unknown): readonly string[] {
  if (type === undefined) return []
  return Array.isArray(type) ? type.map(String) : [String(type)]
}

/**
 * The values of a `const` or an `enum` that are of the `type` beside it; none where there is
 * neither.
 */
export function valuesIn(
  { const: only, enum: some = [], type }: Schema,
  at: string,
): readonly unknown[] {
  const values = only === undefined ? (some as readonly unknown[]) : [only]
  const left =
    type === undefined
      ? values
      : values.filter((value) => typesIn(type).some((name) => isOf(value, name)))
  if (left.length === 0 && values.length > 0)
    throw fault(
      'invalid-request',
      at,
      `has the type ${JSON.stringify(type)}, and of its values ${JSON.stringify(values)} none is of it`,
    )
  return left
}

function isOf(value: unknown, type: string): boolean {
  if (type === 'integer') return Number.isInteger(value)
  if (type === 'null') return value === null
  if (type === 'array') return Array.isArray(value)
  return type === 'object' ? isObject(value) : typeof value === type
}

/** A list that has something in it. */
export function list(value: unknown, keyword: string, at: string): readonly unknown[] {
  if (Array.isArray(value) && value.length > 0) return value
  throw fault(
    'invalid-request',
    at,
    `has the ${keyword} ${JSON.stringify(value)}, and needs a list with something in it`,
  )
}

/** The bounds on a length or a number of items, inclusive. */
export function bounds(
  schema: Schema,
  of: 'Length' | 'Items',
  at: string,
): { readonly least: number; readonly most: number } {
  const [least, most] = [Number(schema[`min${of}`] ?? 0), Number(schema[`max${of}`] ?? Infinity)]
  if (least > most)
    throw fault(
      'invalid-request',
      at,
      `has the min${of} ${least} and the max${of} ${most}, and nothing is both`,
    )
  return { least, most }
}

export function isObject(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 0
}
