import type { Tool } from '@nano/core'
import { isJsonObject, schemaReferences } from '@nano/core/driver'

/** The schema of one parameter of a tool, and the schema in which its references are looked up. */
export interface ParameterSchema {
  readonly schema: unknown
  readonly root: unknown
}

/** The parameters of a tool in one of the ways that its schema allows. */
export interface ParameterList {
  readonly schemas: Readonly<Record<string, unknown>>
  readonly required: readonly unknown[]
  /** What the schema says of parameters that it does not list: `additionalProperties`. */
  readonly others: unknown
}

/**
 * The parameters that a schema lists, itself or by references, one list for each of its
 * alternatives; none where a reference leads nowhere.
 */
export function listParameters(
  schema: unknown,
  root: unknown = schema,
  depth = 0,
): readonly ParameterList[] {
  if (schema === true) return [{ schemas: {}, required: [], others: undefined }]
  if (!isJsonObject(schema) || depth > maxDepth) return []
  const { $ref, allOf, anyOf, oneOf, properties, required, additionalProperties } = schema
  const declaredList: ParameterList = {
    schemas: isJsonObject(properties) ? properties : {},
    required: Array.isArray(required) ? required : [],
    others: additionalProperties,
  }
  const parts: readonly (readonly unknown[])[] = [
    ...(typeof $ref === 'string' ? [[followReference(schema, root)]] : []),
    ...(Array.isArray(allOf) ? allOf.map((part: unknown) => [part]) : []),
    ...[anyOf, oneOf].filter(Array.isArray),
  ]
  return parts.reduce<readonly ParameterList[]>(
    (lists, alternatives) => {
      const otherLists = alternatives.flatMap((part) => listParameters(part, root, depth + 1))
      return lists.flatMap((list) => otherLists.map((otherList) => mergeLists(list, otherList)))
    },
    [declaredList],
  )
}

/** The schema of a parameter; undefined where the tool or the parameter is not known. */
export function findParameter(
  tools: readonly Tool[],
  toolName: string,
  parameter: string,
): ParameterSchema | undefined {
  const root = tools.find((tool) => tool.name === toolName)?.parameters
  const lists = listParameters(root)
  const namingLists = lists.filter(({ schemas }) => Object.hasOwn(schemas, parameter))
  const schemasOfParameter =
    namingLists.length > 0
      ? namingLists.map(({ schemas }) => schemas[parameter])
      : lists.map(({ others }) => others).filter(isJsonObject)
  if (schemasOfParameter.length === 0) return undefined
  return {
    schema: schemasOfParameter.length === 1 ? schemasOfParameter[0] : { anyOf: schemasOfParameter },
    root,
  }
}

/** Whether the schema of a tool lists a parameter of this name. */
export function listsParameter(
  tools: readonly Tool[],
  toolName: string,
  parameter: string,
): boolean {
  const lists = listParameters(tools.find((tool) => tool.name === toolName)?.parameters)
  return lists.some(({ schemas }) => Object.hasOwn(schemas, parameter))
}

/** References that refer to each other end somewhere. */
export const maxDepth = 16

/** Kept, because reading the addresses of a schema walks through all of it. */
const referencesByRoot = new WeakMap<object, ReturnType<typeof schemaReferences>>()

/** The schema that the reference of `schema` leads to; undefined where `root` has none such. */
export function followReference(schema: Readonly<Record<string, unknown>>, root: unknown): unknown {
  if (!isJsonObject(root)) return undefined
  const references = referencesByRoot.get(root) ?? schemaReferences(root)
  referencesByRoot.set(root, references)
  return references.find(schema, '$ref')
}

function mergeLists(list: ParameterList, otherList: ParameterList): ParameterList {
  const twice = Object.keys(otherList.schemas).filter((key) => Object.hasOwn(list.schemas, key))
  return {
    schemas: {
      ...list.schemas,
      ...otherList.schemas,
      ...Object.fromEntries(
        twice.map((key) => [key, { allOf: [list.schemas[key], otherList.schemas[key]] }]),
      ),
    },
    required: [...list.required, ...otherList.required],
    others: [list.others, otherList.others].includes(false)
      ? false
      : (list.others ?? otherList.others),
  }
}
