import { NanoError } from './error.ts'
import { convertZodSchema, isZodSchema } from './schema/zod/convert-zod-schema.ts'
import type { Steps } from './schema/steps.ts'
import type { ZodRefusal } from './schema/zod/zod-refusals.ts'

/** A JSON Schema, draft 2020-12. */
export type JsonSchema = Readonly<Record<string, unknown>>

/**
 * A schema of zod 4 or `zod/mini`, or of another library that speaks Standard Schema with JSON
 * Schema output.
 * @see https://standardschema.dev/json-schema
 */
export type StandardSchema<Input = unknown, Output = Input> =
  | { readonly '~standard': StandardProperties<Input, Output> & JsonSchemaProperties }
  | { readonly '~standard': StandardProperties<Input, Output>; readonly _zod: object }

interface StandardProperties<Input, Output> {
  readonly version: 1
  readonly vendor: string
  readonly types?: { readonly input: Input; readonly output: Output } | undefined
  readonly validate: (value: unknown) => Validation<Output> | Promise<Validation<Output>>
}

interface JsonSchemaProperties {
  readonly jsonSchema: {
    readonly input: (options: { readonly target: 'draft-2020-12' }) => Record<string, unknown>
  }
}

/** What a Standard Schema says of a value. */
type Validation<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] }

/** Where a value does not hold to a library's schema, and why. */
export interface SchemaIssue {
  readonly message: string
  readonly path?: readonly unknown[] | undefined
}

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
 * The JSON Schema of what a model is to write. Throws, naming `path`, `unsupported` for what JSON
 * Schema cannot express, and `invalid-request` for a library without JSON Schema output, or for a
 * schema that is nested too deep.
 */
export function* toJsonSchema(schema: unknown, path: string): Steps<unknown> {
  if (!isStandardSchema(schema)) return schema
  const { vendor, jsonSchema } = schema['~standard'] as Partial<
    StandardProperties<unknown, unknown> & JsonSchemaProperties
  >
  try {
    if (isZodSchema(schema)) {
      const converted = yield* convertZodSchema(schema)
      if (converted.refusals.length > 0) throw refusalOf(path, describeRefusals(converted.refusals))
      return converted.jsonSchema
    }
    if (typeof jsonSchema?.input !== 'function')
      throw new NanoError(
        'invalid-request',
        `the request is invalid: ${path} is a schema of ${vendor} without JSON Schema output. ` +
          'Use a version with Standard JSON Schema, such as zod 4, or pass a JSON Schema',
      )
    const { $schema: _dialect, ...plainSchema } = jsonSchema.input({ target: 'draft-2020-12' })
    return plainSchema
  } catch (cause) {
    if (NanoError.is(cause)) throw cause
    // The library went deeper than the stack, or would have.
    if (cause instanceof RangeError)
      throw new NanoError(
        'invalid-request',
        `the request is invalid: ${path} is nested deeper than 1000 levels`,
        { cause },
      )
    const reason = cause instanceof Error ? cause.message : String(cause)
    const advice = 'Leave that part out, or check it in the app'
    throw refusalOf(path, `${reason.replace(/\.+$/, '')}. ${advice}`, cause)
  }
}

function refusalOf(path: string, reason: string, cause?: unknown): NanoError {
  const message = `${path} cannot be expressed as JSON Schema: ${reason}`
  return new NanoError('unsupported', message, cause === undefined ? {} : { cause })
}

function describeRefusals(refusals: readonly ZodRefusal[]): string {
  return refusals
    .map(({ name, path, advice }) => `${name} at ${path}${advice ? `; ${advice}` : ''}`)
    .join('\n')
}
