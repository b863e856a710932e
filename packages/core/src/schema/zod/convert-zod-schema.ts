import * as z from 'zod/mini'
import { isJsonObject } from '../../schema-keywords.ts'
import { escapePointer } from '../subschemas.ts'
import { closeImpossibleParts } from './impossible-parts.ts'
import { correctJsonSchema, dateTexts, integerTexts } from './correct-json-schema.ts'
import { findRefusal, isUserMade, type ZodRefusal } from './zod-refusals.ts'

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

/** The JSON Schema of what zod reads, as wide as zod's own check, and what JSON cannot say. */
export function convertZodSchema(schema: ZodSchema): ConvertedSchema {
  const refusals = new Map<string, ZodRefusal>()
  /** What only the absence of a value holds to; it may stand where nothing has to be written. */
  const absences = new Map<string, ZodRefusal>()

  const override: Override = ({ zodSchema, jsonSchema, path = [] }) => {
    const keywords = jsonSchema as Keywords
    const pointer = ['#', ...path.map((step) => escapePointer(String(step)))].join('/')
    const texts = preprocessedTexts(zodSchema)
    if (texts) {
      refusals.delete(pointer)
      Object.assign(keywords, texts)
    }
    correctJsonSchema(zodSchema, keywords, convertInside)
    const refusal = findRefusal(zodSchema, keywords)
    // A schema with `.meta()` is a copy, and stands where the schema itself stood.
    if (!refusal && isUserMade(zodSchema)) refusals.delete(pointer)
    if (!refusal) return
    const { isAbsence, ...namedRefusal } = refusal
    if (isAbsence) keywords.not = {}
    const place = isAbsence ? absences : refusals
    place.set(pointer, { ...namedRefusal, path: pointer })
  }

  const jsonSchema = closeImpossibleParts(writeJsonSchema(schema, override), (path) => {
    const reason = [...absences.values()].find((absence) => absence.path.startsWith(path))
    refusals.set(path, reason ?? { name: 'a part that no JSON holds to', path })
  })
  return { jsonSchema, refusals: [...refusals.values()] }
}

/** The copy of zod that made the schema knows it best; one of `zod/mini` has no converter on it. */
function writeJsonSchema(schema: ZodSchema, override: Override): Keywords {
  const options = { unrepresentable: 'any', override } as const
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
  const { jsonSchema, refusals } = convertZodSchema(schema)
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
