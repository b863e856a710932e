import { NanoError } from './error.ts'

/** A JSON Schema, draft 2020-12. */
export type JsonSchema = Readonly<Record<string, unknown>>

/**
 * A schema of a library that speaks Standard Schema with JSON Schema output, such as zod 4.2.
 * @see https://standardschema.dev/json-schema
 */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly types?: { readonly input: Input; readonly output: Output } | undefined
    readonly validate: (value: unknown) => Validation<Output> | Promise<Validation<Output>>
    readonly jsonSchema: {
      readonly input: (options: { readonly target: 'draft-2020-12' }) => Record<string, unknown>
    }
  }
}

/** What a Standard Schema says of a value. */
type Validation<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly { readonly path?: readonly unknown[] | undefined }[] }

/** What a model's text is once `Schema` has parsed it; `unknown` for a plain JSON Schema. */
export type InferOutput<Schema> =
  Schema extends StandardSchema<infer _Input, infer Output> ? Output : unknown

/** Whether a value is a schema of a library, and not a plain JSON Schema. */
export function isStandardSchema(value: unknown): value is StandardSchema {
  return (
    ((typeof value === 'object' && value !== null) || typeof value === 'function') &&
    '~standard' in value
  )
}

/**
 * The JSON Schema of what a model is to write. Throws `invalid-request`, naming `path`, for a
 * library without JSON Schema output and for a schema that JSON Schema cannot express.
 */
export function toJsonSchema(schema: unknown, path: string): unknown {
  if (!isStandardSchema(schema)) return schema
  const { vendor, jsonSchema } = schema['~standard'] as Partial<StandardSchema['~standard']>
  if (typeof jsonSchema?.input !== 'function')
    throw new NanoError(
      'invalid-request',
      `the request is invalid: ${path} is a schema of ${vendor} without JSON Schema output. ` +
        'Use a version with Standard JSON Schema (zod 4.2 or later), or pass a JSON Schema',
    )
  try {
    const { $schema: _dialect, ...rest } = jsonSchema.input({ target: 'draft-2020-12' })
    return rest
  } catch (cause) {
    throw new NanoError(
      'invalid-request',
      `the request is invalid: ${path} cannot be expressed as JSON Schema; see the cause. ` +
        'Leave that part out, or check it in the app',
      { cause },
    )
  }
}

/**
 * The value as `schema` parses it: a plain JSON Schema leaves it as it is. Throws `bad-output`,
 * naming `subject` and the paths at fault, for a value that the schema refuses.
 */
export async function parseOutput(
  schema: unknown,
  value: unknown,
  subject: string,
): Promise<unknown> {
  if (!isStandardSchema(schema)) return value
  const validation = await schema['~standard'].validate(value)
  if (!validation.issues) return validation.value
  const paths = validation.issues.map(({ path = [] }) => `/${path.map(toKey).join('/')}`)
  throw new NanoError(
    'bad-output',
    `${subject} does not hold to its schema, at ${[...new Set(paths)].join(', ')}`,
  )
}

function toKey(segment: unknown): string {
  return String(typeof segment === 'object' && segment && 'key' in segment ? segment.key : segment)
}
