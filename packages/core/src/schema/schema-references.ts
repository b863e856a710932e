import { isJsonObject } from '../schema-keywords.ts'
import { countCost, runSteps, type Steps } from './steps.ts'
import { listSubschemas } from './subschemas.ts'

type Schema = Readonly<Record<string, unknown>>

/** Finds the schemas that references within one schema lead to. */
export interface SchemaReferences {
  /**
   * The schema that a reference, written in `from`, leads to; undefined where the root has none
   * such. A dynamic reference leads to the outermost anchor of its name in `scope`, the resources
   * on the way to it. Without a scope, it leads to that of the root, or else to any of all anchors;
   * to `true` where these lead further.
   */
  find(from: Schema, keyword: ReferenceKeyword, scope?: readonly string[]): unknown
  /** Whether a reference leads to an address that is not of the root. */
  leadsBeyond(from: Schema, keyword: ReferenceKeyword): boolean
  /** The address of the resource that a schema belongs to. */
  findResource(schema: Schema): string
  /** Reads the whole schema, in steps; without it, the first reference does so at once. */
  read(): Steps<void>
}

type ReferenceKeyword = (typeof referenceKeywords)[number]
export const referenceKeywords = ['$ref', '$dynamicRef', '$recursiveRef'] as const

/** What it costs to find or read a schema. */
const readingCost = 20

/**
 * Keywords by which a schema leads to others for the same value. Only these can meet again, or lead
 * back to where they began.
 */
export const combiningKeywords = [
  ...referenceKeywords,
  'allOf',
  'anyOf',
  'oneOf',
  'not',
  'if',
  'dependentSchemas',
  'dependencies',
]

/** The address of a schema that has no `$id`. */
const rootAddress = 'schema:///root'

/**
 * Reads the addresses of a schema: `$id`, `$anchor` and `$dynamicAnchor`, and `id` of draft 4.
 * @see https://json-schema.org/draft/2020-12/json-schema-core#section-8.2
 */
export function schemaReferences(root: unknown): SchemaReferences {
  /** The address that references in a schema are relative to. */
  const bases = new Map<unknown, string>()
  const resources = new Map<string, unknown>([[rootAddress, root]])
  const anchors = new Map<string, unknown>()
  /** By name, and then by the address of their resource. */
  const dynamicAnchors = new Map<string, Map<string, Schema>>()
  /** Any of the anchors of a name, by their number and the name. */
  const anyAnchors = new Map<string, Schema>()
  /** What `$ref` of a schema leads to, where it was found: each value of a list may ask for it. */
  const targets = new Map<Schema, unknown>()
  /** Most schemas have no reference, and need not be read for one. */
  let isRead = false

  function* readAddresses(start: unknown, startBase: string): Steps<void> {
    const pending: (readonly [unknown, string])[] = [[start, startBase]]
    const stepEnds = countCost()
    for (let entry = pending.pop(); entry; entry = pending.pop()) {
      if (stepEnds(readingCost)) yield
      const [schema, outerBase] = entry
      if (!isJsonObject(schema) || bases.has(schema)) continue
      const base = readAddress(schema, outerBase)
      bases.set(schema, base)
      for (const name of [schema.$anchor, schema.$dynamicAnchor])
        if (typeof name === 'string') anchors.set(`${base}#${name}`, schema)
      const dynamic = schema.$dynamicAnchor
      if (typeof dynamic === 'string') {
        const anchorsByResource = dynamicAnchors.get(dynamic) ?? new Map<string, Schema>()
        dynamicAnchors.set(dynamic, anchorsByResource.set(base, schema))
      }
      for (const [, part] of listSubschemas(schema)) {
        pending.push([part, base])
        if (stepEnds(readingCost)) yield
      }
    }
  }

  /** The address of a schema; where it has one of its own, it is found by it. */
  function readAddress(schema: Schema, base: string): string {
    const id = schema.$id ?? schema.id
    if (typeof id !== 'string') return base
    if (id.startsWith('#')) {
      anchors.set(base + id, schema)
      return base
    }
    const [address = base] = resolveAddress(id, base).split('#')
    resources.set(address, schema)
    return address
  }

  function findByAddress(reference: string, base: string): unknown {
    const [address = '', fragment = ''] = resolveAddress(reference, base).split('#')
    // Some libraries write a name as it is, though it has percent signs.
    const writtenFragment = reference.slice(reference.indexOf('#') + 1)
    return (
      findByFragment(address, decodeFragment(fragment)) ?? findByFragment(address, writtenFragment)
    )
  }

  function findByFragment(address: string, name: string): unknown {
    if (name !== '' && !name.startsWith('/')) return anchors.get(`${address}#${name}`)
    return findByPointer(resources.get(address), name, address)
  }

  function findByPointer(resource: unknown, pointer: string, address: string): unknown {
    let target = resource
    let base = bases.get(resource) ?? address
    for (const step of pointer.split('/').slice(1)) {
      const name = step.replaceAll('~1', '/').replaceAll('~0', '~')
      if (typeof target !== 'object' || target === null || !Object.hasOwn(target, name))
        return undefined
      target = (target as Schema)[name]
      base = bases.get(target) ?? base
    }
    // A reference may lead to a place that no keyword knows.
    runSteps(readAddresses(target, base))
    return target
  }

  function* read(): Steps<void> {
    if (isRead) return
    yield* readAddresses(root, rootAddress)
    isRead = true
  }

  function findResource(schema: Schema): string {
    runSteps(read())
    return bases.get(schema) ?? rootAddress
  }

  function findDynamic(name: string, scope: readonly string[] | undefined): unknown {
    const anchorsByResource = dynamicAnchors.get(name) ?? new Map<string, Schema>()
    const outermost = (scope ?? [bases.get(root) ?? rootAddress]).find((address) =>
      anchorsByResource.has(address),
    )
    if (outermost !== undefined) return anchorsByResource.get(outermost)
    return scope ? undefined : findAnyAnchor(name, [...anchorsByResource.values()])
  }

  function findAnyAnchor(name: string, schemas: readonly Schema[]): unknown {
    if (schemas.length < 2) return schemas[0]
    if (schemas.some(leadsFurther)) return true
    const key = `${schemas.length} ${name}`
    const anyAnchor = anyAnchors.get(key) ?? { anyOf: schemas }
    anyAnchors.set(key, anyAnchor)
    return anyAnchor
  }

  return {
    find(from, keyword, scope) {
      const reference = from[keyword]
      if (typeof reference !== 'string') return undefined
      const knownTarget = keyword === '$ref' ? targets.get(from) : undefined
      if (knownTarget !== undefined) return knownTarget
      const target = findByAddress(reference, findResource(from))
      if (keyword === '$ref') targets.set(from, target)
      if (keyword !== '$dynamicRef' || !isJsonObject(target)) return target
      const { $dynamicAnchor: anchor } = target
      const isDynamic = typeof anchor === 'string' && reference.endsWith(`#${anchor}`)
      return isDynamic ? (findDynamic(anchor, scope) ?? target) : target
    },
    leadsBeyond(from, keyword) {
      const [address = ''] = resolveAddress(String(from[keyword]), findResource(from)).split('#')
      return !resources.has(address)
    },
    findResource,
    read,
  }
}

/** Whether a schema leads to others for the same value. */
function leadsFurther(schema: Schema): boolean {
  return combiningKeywords.some((keyword) => schema[keyword] !== undefined)
}

function resolveAddress(reference: string, base: string): string {
  try {
    return new URL(reference, base).href
  } catch {
    return reference.startsWith('#') ? (base.split('#')[0] ?? '') + reference : reference
  }
}

function decodeFragment(fragment: string): string {
  try {
    return decodeURIComponent(fragment)
  } catch {
    return fragment
  }
}
