import type * as z from 'zod/mini'
import { escapePointer } from '../schema/subschemas.ts'
import { countCost, type Steps } from '../schema/steps.ts'
import { foldJson } from './fold-json.ts'
import { containerLength, maxWrittenLength, scalarLength, tooLong } from './write-json.ts'

/** JSON as plain data. */
export type Json = z.core.util.JSONType

/** A value as JSON, or what of it is none. */
export type JsonReading =
  | {
      readonly fault?: undefined
      readonly value: Json
      /** Its characters as JSON, about. */
      readonly length: number
    }
  /** A place, what stands there, and what to do. */
  | { readonly fault: string; readonly value?: undefined }

/** Levels of lists and objects in JSON, beyond which no stack is safe. */
const maxDepth = 1_000

/** What a list or an object takes. */
interface Extent {
  /** The levels within it, its own included. */
  readonly height: number
  readonly length: number
}

/** A list or an object that the walk is in. */
interface Level {
  readonly part: object
  /** Absent: it is a list. */
  readonly names: readonly string[] | undefined
  readonly memberCount: number
  /** Those of the members that were read. */
  readonly lengths: number[]
  height: number
}

/** Keywords whose values are compared and written as a whole. */
const literalKeywords = ['const', 'enum']

/**
 * Reads a value as JSON. Undefined properties are left out, as `JSON.stringify` does, and nothing
 * is copied where there are none. A part that stands in many places is read once.
 */
export function* readJson(root: unknown): Steps<JsonReading> {
  /** What each part takes; undefined for those that the walk is in. */
  const extents = new Map<object, Extent | undefined>()
  const levels: Level[] = []
  const stepEnds = countCost()
  let hasUndefined = false

  /** Takes the next value; gives what is wrong with it. */
  function takeValue(value: unknown): string | undefined {
    const level = levels.at(-1)
    if (typeof value !== 'object' || value === null) {
      if (value === undefined && level?.names) hasUndefined = true
      else if (!isScalar(value)) return describeScalar(value)
      level?.lengths.push(scalarLength(value))
      return undefined
    }
    const extent = extents.get(value)
    if (levels.length + (extent?.height ?? 1) > maxDepth)
      return `is nested deeper than ${maxDepth} levels`
    if (extent) return addExtent(extent)
    if (extents.has(value)) return 'contains itself, which JSON cannot: in a schema, use $ref'
    if (!Array.isArray(value) && !isPlainObject(value))
      return `is of ${nameClass(value)}: write it as plain data`
    extents.set(value, undefined)
    const names = Array.isArray(value) ? undefined : Object.keys(value)
    const memberCount = names?.length ?? (value as readonly unknown[]).length
    levels.push({ part: value, names, memberCount, lengths: [], height: 1 })
    return undefined
  }

  function addExtent({ height, length }: Extent): string | undefined {
    const level = levels.at(-1)
    if (!level) return undefined
    const name = level.names?.[level.lengths.length]
    if (literalKeywords.includes(name ?? '') && length > maxWrittenLength) return tooLong
    level.height = Math.max(level.height, height + 1)
    level.lengths.push(length)
    return undefined
  }

  let problem = takeValue(root)
  for (let level = levels.at(-1); level && problem === undefined; level = levels.at(-1)) {
    if (stepEnds(1)) yield
    const { part, names, memberCount, lengths, height } = level
    if (lengths.length < memberCount) {
      // One by one: a list of the values of 100,000 names takes long to make.
      problem = takeValue(Reflect.get(part, names?.[lengths.length] ?? lengths.length))
      continue
    }
    const extent = { height, length: containerLength(lengths, names) }
    extents.set(part, extent)
    levels.pop()
    problem = addExtent(extent)
  }
  if (problem !== undefined) return { fault: `${describePlace(levels)} ${problem}` }
  const extent = typeof root === 'object' && root !== null ? extents.get(root) : undefined
  const value = hasUndefined ? yield* foldJson(root, copyPart) : root
  return { value: value as Json, length: extent?.length ?? scalarLength(root) }
}

function isScalar(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value)
  return value === null || typeof value === 'string' || typeof value === 'boolean'
}

/** Says what stands in place of a scalar, and what to do. */
function describeScalar(value: unknown): string {
  if (value === undefined) return 'is undefined: leave it out, or write null'
  if (typeof value === 'number') return `is ${value}, which JSON does not have: leave it out`
  if (typeof value === 'bigint') return 'is a bigint: write a number, or a text'
  return `is a ${typeof value}: leave it out`
}

/** Whether an object has no class; that of another realm has another `Object.prototype`. */
function isPlainObject(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

function nameClass({ constructor }: object): string {
  const name: unknown = (constructor as { readonly name?: unknown } | undefined)?.name
  return typeof name === 'string' && name !== '' ? `the class ${name}` : 'a class'
}

function describePlace(levels: readonly Level[]): string {
  if (levels.length === 0) return 'it'
  const steps = levels
    .slice(0, maxPlaceSteps)
    .map(({ names, lengths }) => names?.[lengths.length] ?? lengths.length)
  const end = levels.length > maxPlaceSteps ? '/…' : ''
  return `#/${steps.map((step) => escapePointer(String(step))).join('/')}${end}`
}

/** The steps of a pointer that are told. */
const maxPlaceSteps = 20

/** A list or an object without what is undefined. */
function copyPart(part: unknown, members?: readonly unknown[], names?: readonly string[]): unknown {
  if (!members) return part
  if (!names) return [...members]
  return Object.fromEntries(names.map((name, index) => [name, members[index]]))
}
