import { isJsonObject } from '@nano/core/driver'
import { arrayBody, objectBody, optionalSpace } from './container-rules.ts'
import { either, type GrammarBuilder } from './grammar-builder.ts'
import { jsonLiteral, jsonString } from './json-string.ts'
import { mergeObjects } from './merge-objects.ts'
import { numbersIn } from './number-range.ts'
import { numberBody, stringBody } from './scalar-rules.ts'
import { leaveOutAdvice, schemaError } from './schema-error.ts'
import {
  assertOnlyKeywords,
  inferTypes,
  listValues,
  parseList,
  parseSchema,
  type Schema,
} from './schema-keywords.ts'

const numberKeywords = [
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
  'format',
]
/** The keywords of each type that a grammar can express. */
const typeKeywords: Readonly<Record<string, readonly string[]>> = {
  object: ['properties', 'required', 'additionalProperties', 'propertyNames'],
  array: ['items', 'prefixItems', 'minItems', 'maxItems'],
  string: ['minLength', 'maxLength', 'format', 'pattern'],
  number: numberKeywords,
  integer: numberKeywords,
  boolean: [],
  null: [],
}

/**
 * The rule for JSON that satisfies a schema. `oneOf` is read as `anyOf`. Throws `unsupported` for a
 * keyword that no grammar can express, `invalid-request` for a schema that contradicts itself.
 */
export function schemaRule(grammar: GrammarBuilder, root: unknown): string {
  /** The rules of the schemas that references point to. */
  const targetRules = new Map<Schema, string>()
  /** For each of these schemas: the schemas it refers to before it writes anything. */
  const leadingRefs = new Map<Schema, Set<Schema>>()

  /** `head` is the target of a reference that starts with this schema, if there is one. */
  function addSchema(value: unknown, path: string, head?: Schema): string {
    if (value === true || value === undefined) return addAny()
    const schema = parseSchema(value, path)
    return grammar.addRule(grammar.reserveName(`json-${path}`), () => buildBody(schema, path, head))
  }

  function buildBody(schema: Schema, path: string, head?: Schema): string {
    if (schema.$ref !== undefined) return addReference(schema, path, head)
    if (schema.anyOf !== undefined && schema.oneOf !== undefined)
      throw schemaError('unsupported', path, 'has both anyOf and oneOf; use one of them')
    const { allOf, ...rest } = schema
    if (allOf !== undefined) {
      const merged = mergeObjects([rest, ...parseList(allOf, 'allOf', path)], path)
      return buildBody(merged, path, head)
    }
    const branches = schema.anyOf ?? schema.oneOf
    if (branches !== undefined) {
      assertOnlyKeywords(schema, ['anyOf', 'oneOf'], path)
      const bodies = parseList(branches, 'anyOf', path).map((branch, index) =>
        addSchema(branch, `${path}-${index + 1}`, head),
      )
      return either(...bodies)
    }
    if (schema.const !== undefined || schema.enum !== undefined)
      assertOnlyKeywords(schema, ['type', 'const', 'enum'], path)
    const values = listValues(schema, path)
    if (values.length > 0) return either(...values.map(jsonLiteral))

    const types = inferTypes(schema)
    const allowed = types.flatMap((type) => typeKeywords[type] ?? [])
    assertOnlyKeywords(schema, types.length > 0 ? ['type', ...allowed] : [], path)
    return types.length > 0
      ? either(...types.map((type) => buildTypeBody(type, schema, path)))
      : addAny()
  }

  function buildTypeBody(type: string, schema: Schema, path: string): string {
    switch (type) {
      case 'object':
        return objectBody({ grammar, addSchema }, schema, path)
      case 'array':
        return arrayBody({ grammar, addSchema }, schema, path)
      case 'string':
        return stringBody(grammar, schema, path)
      case 'integer':
      case 'number':
        return numberBody(schema, type, path)
      case 'boolean':
        return '("true" | "false")'
      default:
        return '"null"'
    }
  }

  /** Any JSON value. */
  function addAny(): string {
    return grammar.addRule('json-any', () => {
      const value = 'json-any'
      const comma = `${optionalSpace} "," ${optionalSpace}`
      const pair = `${jsonString(grammar)} ${optionalSpace} ":" ${optionalSpace} ${value}`
      return either(
        `"{" ${optionalSpace} (${pair} (${comma} ${pair})*)? ${optionalSpace} "}"`,
        `"[" ${optionalSpace} (${value} (${comma} ${value})*)? ${optionalSpace} "]"`,
        jsonString(grammar),
        numbersIn({ min: -Infinity, max: Infinity }) ?? '',
        '"true"',
        '"false"',
        '"null"',
      )
    })
  }

  function addReference({ $ref, ...rest }: Schema, path: string, head?: Schema): string {
    assertOnlyKeywords(rest, [], path)
    const pointer = String($ref)
    const value = resolvePointer(root, pointer)
    if (value === undefined)
      throw schemaError('invalid-request', path, `refers to ${pointer}, which is not in the schema`)
    if (value === true) return addAny()
    const target = parseSchema(value, pointer)
    if (head) {
      if (leadsTo(target, head))
        throw schemaError(
          'invalid-request',
          path,
          `refers to ${pointer}, which leads back here before anything is written; ` +
            'refer to it from within a property or an item',
        )
      leadingRefs.set(head, (leadingRefs.get(head) ?? new Set()).add(target))
    }
    const existingRule = targetRules.get(target)
    if (existingRule !== undefined) return existingRule
    const name = grammar.reserveName(`json-ref-${pointer}`)
    targetRules.set(target, name)
    return grammar.addRule(name, () => buildBody(target, pointer, target))
  }

  function leadsTo(from: Schema, to: Schema): boolean {
    return from === to || [...(leadingRefs.get(from) ?? [])].some((next) => leadsTo(next, to))
  }

  try {
    return addSchema(root, 'value', isJsonObject(root) ? root : undefined)
  } catch (cause) {
    // The stack overflowed. It is as deep as the schema, and one step deeper for each property of
    // an object.
    if (cause instanceof RangeError)
      throw schemaError(
        'unsupported',
        'value',
        'is nested too deep, or has an object with too many properties, to be enforced while ' +
          `sampling; make it flatter, or ${leaveOutAdvice}`,
      )
    throw cause
  }
}

/** What a JSON pointer within the schema points to. */
function resolvePointer(root: unknown, pointer: string): unknown {
  if (!pointer.startsWith('#')) return undefined
  let target = root
  for (const key of decodePointer(pointer).replace(/^#\/?/, '').split('/').filter(Boolean)) {
    const name = key.replaceAll('~1', '/').replaceAll('~0', '~')
    if (typeof target !== 'object' || target === null || !Object.hasOwn(target, name))
      return undefined
    target = (target as Schema)[name]
  }
  return target
}

function decodePointer(pointer: string): string {
  try {
    return decodeURIComponent(pointer)
  } catch {
    return pointer
  }
}
