import type * as z from 'zod/mini'
import { countCost, type Steps } from '../steps.ts'

type ZodSchema = z.core.$ZodType

/** What a schema of zod takes to convert. */
export interface ZodExtent {
  /** The levels of schemas in schemas. */
  readonly height: number
  /** The schemas in it, each counted in every place where it stands. */
  readonly size: number
}

interface Level {
  readonly schema: ZodSchema
  readonly parts: readonly ZodSchema[]
  partCount: number
  height: number
  size: number
}

/**
 * Measures a schema of zod in steps, without a stack: zod's own converter goes as deep as the
 * schema, and writes a part once for each place where it stands.
 */
export function* measureZodSchema(
  root: ZodSchema,
): Steps<ZodExtent & { readonly partCount: number }> {
  /** The extent of each schema; undefined for those that the walk is in. */
  const extents = new Map<ZodSchema, ZodExtent | undefined>()
  const top: Level = { schema: root, parts: [root], partCount: 0, height: 0, size: 0 }
  const levels = [top]
  const stepEnds = countCost()
  for (let level = levels.at(-1); level; level = levels.at(-1)) {
    if (stepEnds(1)) yield
    const { schema, parts, partCount } = level
    const part = parts[partCount]
    const outerLevel = levels.at(-2)
    if (part) {
      level.partCount++
      const extent = extents.get(part)
      if (extent) addExtent(level, part, extent)
      else if (!extents.has(part)) {
        extents.set(part, undefined)
        levels.push({ schema: part, parts: listParts(part), partCount: 0, height: 1, size: 1 })
      }
      continue
    }
    levels.pop()
    if (!outerLevel) break
    const { height, size } = level
    extents.set(schema, { height, size })
    addExtent(outerLevel, schema, { height, size })
  }
  return { height: top.height, size: top.size, partCount: extents.size }
}

function addExtent(level: Level, part: ZodSchema, { height, size }: ZodExtent): void {
  level.height = Math.max(level.height, height + 1)
  // What a schema was made of is written in its place, not beside it.
  if (level.schema._zod.parent !== part) level.size += size
}

/** The schemas that a schema was made of. */
function listParts({ _zod }: ZodSchema): readonly ZodSchema[] {
  const parts = _zod.parent ? [_zod.parent] : []
  // Only `z.lazy()` keeps its part there.
  const lazyPart = 'innerType' in _zod ? _zod.innerType : undefined
  for (const value of [...Object.values(_zod.def), lazyPart] as unknown[]) {
    if (isSchema(value)) parts.push(value)
    else if (typeof value === 'object' && value !== null)
      for (const member of Object.values(value)) if (isSchema(member)) parts.push(member)
  }
  return parts
}

function isSchema(value: unknown): value is ZodSchema {
  return typeof value === 'object' && value !== null && '_zod' in value
}
