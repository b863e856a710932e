import * as z from 'zod/mini'
import { isJsonObject } from '../../schema-keywords.ts'
import { runSteps, type Steps } from '../steps.ts'
import { escapePointer } from '../subschemas.ts'
import { closeImpossibleParts } from './impossible-parts.ts'
import { correctJsonSchema, dateTexts, integerTexts } from './correct-json-schema.ts'
import { findRefusal, isUserMade, type ZodRefusal } from './zod-refusals.ts'
import { measureZodSchema } from './zod-extent.ts'

type ZodSchema = z.core.$ZodType
type Keywords = Record<string, unknown>
type Override = NonNullable<z.core.ToJSONSchemaParams['override']>

interface ConvertedSchema {
  readonly jsonSchema: unknown
  /** What of the schema no JSON can hold to. */
  readonly refusals: readonly ZodRefusal[]
}

/** Whether a value is a schema of zod 4, also of `zod/mini`. */
export function isZodSchema(value: object): value is ZodSchema {
  return '_zod' in value
}

/** What was made of each schema, which does not change: zod converts one in a single turn. */
const conversions = new WeakMap<ZodSchema, ConvertedSchema>()

/** Levels of schemas in schemas, beyond which zod's converter exceeds the stack. */
const maxHeight = 1_000
/** A schema that would be as large, and many times its parts, gets references to its parts. */
const maxInlineSize = 10_000

/**
 * The JSON Schema of what zod reads, as wide as zod's own check, and what JSON cannot say. Throws a
 * `RangeError` for a schema that is nested too deep. zod's own part of the work is one step.
 */
export function* convertZodSchema(schema: ZodSchema): Steps<ConvertedSchema> {
  const knownConversion = conversions.get(schema)
  if (knownConversion) return knownConversion
  const { height, size, partCount } = yield* measureZodSchema(schema)
  if (height > maxHeight) throw new RangeError(`nested deeper than ${maxHeight} levels`)
  const reused = size > maxInlineSize && size > 2 * partCount ? 'ref' : 'inline'
  const refusals = new Map<string, ZodRefusal>()
  /** What only the absence of a value holds to; it may stand where nothing has to be written. */
  const absences = new Map<string, ZodRefusal>()

  const override: Override = ({ zodSchema, jsonSchema, path = [] }) => {
    const keywords = jsonSchema as Keywords
    const texts = preprocessedTexts(zodSchema)
    if (texts) Object.assign(keywords, texts)
    correctJsonSchema(zodSchema, keywords, convertInside)
    const refusal = findRefusal(zodSchema, keywords)
    // A schema with `.meta()` is a copy, and stands where the schema itself stood.
    const isReplaced = texts !== undefined || isUserMade(zodSchema)
    if (!refusal && !isReplaced) return
    const pointer = ['#', ...path.map((step) => escapePointer(String(step)))].join('/')
    if (isReplaced) refusals.delete(pointer)
    if (!refusal) return
    const { isAbsence, ...namedRefusal } = refusal
    if (isAbsence) keywords.not = {}
    const place = isAbsence ? absences : refusals
    place.set(pointer, { ...namedRefusal, path: pointer })
  }

  const rawSchema = writeJsonSchema(schema, { override, reused })
  yield
  const demandedPaths: string[] = []
  const jsonSchema = yield* closeImpossibleParts(rawSchema, (path) => demandedPaths.unshift(path))
  for (const path of demandedPaths) {
    const reason = [...absences.values()].find((absence) => absence.path.startsWith(path))
    refusals.set(path, reason ?? { name: 'a part that no JSON holds to', path })
  }
  const conversion = { jsonSchema, refusals: [...refusals.values()] }
  conversions.set(schema, conversion)
  return conversion
}

/** The copy of zod that made the schema knows it best; one of `zod/mini` has no converter on it. */
function writeJsonSchema(schema: ZodSchema, overrides: object): Keywords {
  const options = { unrepresentable: 'any', ...overrides } as const
  const target = 'draft-2020-12'
  const { jsonSchema } = schema['~standard'] as { readonly jsonSchema?: Converter }
  const { $schema: _dialect, ...keywords } = jsonSchema
    ? jsonSchema.input({ target, libraryOptions: options })
    : z.toJSONSchema(schema, { target, io: 'input', ...options })
  return keywords
}

interface Converter {
  readonly input: (options: object) => Keywords
}

/** The JSON Schema of a part that stands by itself; any value where that cannot be said. */
function convertInside(schema: ZodSchema): Keywords {
  const { jsonSchema, refusals } = runSteps(convertZodSchema(schema))
  const isWhole = refusals.length === 0 && !JSON.stringify(jsonSchema).includes('"$ref"')
  return isWhole && isJsonObject(jsonSchema) ? jsonSchema : {}
}

/** The texts that a function before `z.date()` or `z.bigint()` is there to read. */
function preprocessedTexts(schema: z.core.$ZodTypes): Keywords | undefined {
  const { def } = schema._zod
  if (def.type !== 'pipe' || !def.in._zod.traits.has('$ZodTransform')) return undefined
  let out = def.out as z.core.$ZodTypes
  while ('innerType' in out._zod.def) out = out._zod.def.innerType as z.core.$ZodTypes
  if (out._zod.def.type === 'date') return dateTexts
  return out._zod.def.type === 'bigint' ? integerTexts : undefined
}
