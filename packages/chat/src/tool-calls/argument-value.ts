import { isJsonObject } from '@nano/core/driver'
import { followReference, maxDepth, type ParameterSchema } from './parameter-schemas.ts'
import { parseValue } from './read-value.ts'

/**
 * The value of an argument that is written without quotes, as its schema says: text as it is,
 * `null` where the schema allows it, and anything else as JSON where it parses.
 */
export function parseArgument(source: string, parameter: ParameterSchema | undefined): unknown {
  const types = parameter ? collectTypes(parameter.schema, parameter.root, 0) : new Set()
  if (types.has('null') && /^\s*(null|None)\s*$/.test(source)) return null
  if (types.size === 0 || types.has('string')) return source
  const value = parseValue(source)
  return value === undefined ? source : value
}

/** Drops a line break at either end of a value where the marks around it have one there. */
export function trimLine(
  value: string,
  { beforeText, close }: { readonly beforeText: string; readonly close: string },
): string {
  const start = beforeText.endsWith('\n') && value.startsWith('\n') ? 1 : 0
  const end = close.startsWith('\n') && value.endsWith('\n') ? value.length - 1 : value.length
  return value.slice(start, Math.max(start, end))
}

/** Whether an argument can be a text, which is written without quotes. */
export function allowsText(parameter: ParameterSchema | undefined): boolean {
  const types = parameter ? collectTypes(parameter.schema, parameter.root, 0) : new Set()
  return types.size === 0 || types.has('string')
}

/** The types that a schema allows; empty where it says nothing of types. */
export function collectTypes(schema: unknown, root: unknown, depth: number): ReadonlySet<unknown> {
  if (!isJsonObject(schema) || depth > maxDepth) return new Set()
  const { type, enum: values, const: constant, $ref } = schema
  if (typeof type === 'string') return new Set([type])
  if (Array.isArray(type)) return new Set(type)
  if (constant !== undefined) return new Set([typeOf(constant)])
  if (Array.isArray(values)) return new Set(values.map(typeOf))
  if (typeof $ref === 'string') return collectTypes(followReference(schema, root), root, depth + 1)
  const parts = [schema['anyOf'], schema['oneOf'], schema['allOf']].find(Array.isArray) ?? []
  const types = new Set(parts.flatMap((part: unknown) => [...collectTypes(part, root, depth + 1)]))
  if (types.size > 0) return types
  if (schema['properties'] !== undefined) return new Set(['object'])
  return schema['items'] === undefined ? types : new Set(['array'])
}

function typeOf(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'array' : typeof value
}
