import type { Tool } from '@nano/core'
import { isJsonObject } from '@nano/core/driver'
import { parseValue } from './read-value.ts'

/** The schema of one parameter of a tool, and the schema in which its references are looked up. */
export interface ParameterSchema {
  readonly schema: unknown
  readonly root: unknown
}

/** The schema of a parameter; undefined where the tool or the parameter is not known. */
export function findParameter(
  tools: readonly Tool[],
  toolName: string,
  parameter: string,
): ParameterSchema | undefined {
  const root = tools.find((tool) => tool.name === toolName)?.parameters
  const properties = root && collectProperties(root, root, 0)
  return properties && Object.hasOwn(properties, parameter)
    ? { schema: properties[parameter], root }
    : undefined
}

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

/** Whether an argument can be a text, which is written without quotes. */
export function allowsText(parameter: ParameterSchema | undefined): boolean {
  const types = parameter ? collectTypes(parameter.schema, parameter.root, 0) : new Set()
  return types.size === 0 || types.has('string')
}

/** References that refer to each other end somewhere. */
const maxDepth = 16

/** The types that a schema allows; empty where it says nothing of types. */
function collectTypes(schema: unknown, root: unknown, depth: number): ReadonlySet<unknown> {
  if (!isJsonObject(schema) || depth > maxDepth) return new Set()
  const { type, enum: values, const: constant, $ref } = schema
  if (typeof type === 'string') return new Set([type])
  if (Array.isArray(type)) return new Set(type)
  if (constant !== undefined) return new Set([typeOf(constant)])
  if (Array.isArray(values)) return new Set(values.map(typeOf))
  if (typeof $ref === 'string') return collectTypes(resolve($ref, root), root, depth + 1)
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

function collectProperties(
  schema: unknown,
  root: unknown,
  depth: number,
): Readonly<Record<string, unknown>> | undefined {
  if (!isJsonObject(schema) || depth > maxDepth) return undefined
  const { properties, $ref, allOf } = schema
  if (isJsonObject(properties)) return properties
  if (typeof $ref === 'string') return collectProperties(resolve($ref, root), root, depth + 1)
  const parts = Array.isArray(allOf) ? allOf : []
  return Object.assign(
    {},
    ...parts.map((part: unknown) => collectProperties(part, root, depth + 1)),
  ) as Readonly<Record<string, unknown>>
}

/** The part of `root` that a reference such as `#/$defs/Point` names. */
function resolve($ref: string, root: unknown): unknown {
  if (!$ref.startsWith('#')) return undefined
  return $ref
    .slice(1)
    .split('/')
    .filter(Boolean)
    .map((key) => decodeURIComponent(key).replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<unknown>(
      (value, key) =>
        (isJsonObject(value) || Array.isArray(value)) && Object.hasOwn(value, key)
          ? Reflect.get(value, key)
          : undefined,
      root,
    )
}
