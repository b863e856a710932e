import type * as z from 'zod/mini'
import { isConstrained } from './correct-json-schema.ts'

/** A part of a schema of zod that no JSON can hold to. */
export interface ZodRefusal {
  /** How zod's users write it, such as `z.date()`. */
  readonly name: string
  /** The JSON pointer of the part in the JSON Schema. */
  readonly path: string
  /** What to write in its place. */
  readonly advice?: string
}

interface FoundRefusal extends Omit<ZodRefusal, 'path'> {
  /** It may stand where nothing has to be written, as in an optional property. */
  readonly isAbsence?: true
}

/** What to write in place of a constructor whose values are no JSON. */
const advices: Readonly<Record<string, string>> = {
  bigint: 'use z.coerce.bigint()',
  custom:
    'use .refine() or .transform() after a schema of what is written, ' +
    'or say what is written with .meta({ type })',
  date: 'use z.coerce.date(), z.iso.date() or z.iso.datetime()',
  file: 'use z.base64() for its content',
  function: 'leave it out',
  map: 'use z.record() with .transform((record) => new Map(Object.entries(record)))',
  set: 'use z.array() with .transform((items) => new Set(items))',
  symbol: 'use z.literal() or z.enum() of texts',
  transform: 'put a schema of what is written before it, as in z.string().transform()',
}

/** What to write in place of a constructor that only the absence of a value holds to. */
const absenceAdvices: Readonly<Record<string, string>> = {
  never: 'leave it out',
  nan: 'use z.null()',
  undefined: 'use z.null(), or make it optional',
  void: 'use z.null(), or make it optional',
}

/** What of a part, without its own parts, JSON cannot say; undefined where it says all. */
export function findRefusal(
  schema: z.core.$ZodTypes,
  keywords: Readonly<Record<string, unknown>>,
): FoundRefusal | undefined {
  const { def } = schema._zod
  const { type } = def
  if (type === 'literal' && !('enum' in keywords || 'const' in keywords))
    return { name: 'z.literal()', advice: 'use texts, numbers, booleans or null', isAbsence: true }
  if (type === 'object' && Object.getOwnPropertySymbols(def.shape).length > 0)
    return { name: 'z.object() with a symbol as a name', advice: 'use texts as names' }
  const name = `z.${nameOf(schema)}()`
  const absenceAdvice = absenceAdvices[type]
  if (absenceAdvice !== undefined) return { name, advice: absenceAdvice, isAbsence: true }
  const advice = advices[type]
  if (advice === undefined) return undefined
  return isReadable(schema, keywords) ? undefined : { name, advice }
}

/** Whether only a function of zod's user knows which values a schema takes. */
export function isUserMade({ _zod: { def } }: z.core.$ZodTypes): boolean {
  return def.type === 'custom' || def.type === 'transform'
}

/** Whether zod makes the value of what is written, or its user says what is written. */
function isReadable(
  schema: z.core.$ZodTypes,
  keywords: Readonly<Record<string, unknown>>,
): boolean {
  const { def } = schema._zod
  if (def.type === 'date' || def.type === 'bigint') return def.coerce === true
  return isUserMade(schema) && isConstrained(keywords)
}

function nameOf({ _zod: { def, traits } }: z.core.$ZodTypes): string {
  if (traits.has('ZodInstanceOf')) return 'instanceof'
  return def.type === 'bigint' && 'format' in def ? String(def.format) : def.type
}
