import type * as z from 'zod'

/** A schema, what a model writes for it, what zod makes of that, and what zod refuses. */
export interface ReadExample<Schema extends z.core.$ZodType = z.core.$ZodType> {
  readonly schema: Schema
  readonly examples: readonly (readonly [jsonValue: unknown, parsedValue: unknown])[]
  readonly invalid: readonly unknown[]
}

/** A schema whose values are no JSON: where it stands, and what its refusal says. */
export interface RefusedExample {
  readonly schema: z.core.$ZodType
  /** The constructor and its path, as the refusal names them. */
  readonly refusal: string
  readonly advice: string
}

/** Values that zod gives back as they are written. */
export function keptExample<Schema extends z.core.$ZodType>(
  schema: Schema,
  values: readonly z.output<Schema>[],
  invalid: readonly unknown[] = [],
): ReadExample<Schema> {
  return { schema, examples: values.map((value) => [value, value] as const), invalid }
}

/** Values that zod makes of what is written. */
export function reads<Schema extends z.core.$ZodType>(
  schema: Schema,
  examples: readonly (readonly [jsonValue: unknown, parsedValue: Awaited<z.output<Schema>>])[],
  invalid: readonly unknown[] = [],
): ReadExample<Schema> {
  return { schema, examples, invalid }
}

export function refusedExample(
  schema: z.core.$ZodType,
  refusal: string,
  advice: string,
): RefusedExample {
  return { schema, refusal, advice }
}
