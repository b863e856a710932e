export const person = {
  type: 'object',
  properties: { name: { type: 'string' }, age: { type: 'integer', minimum: 0 } },
  required: ['name'],
}
export const tree = {
  $ref: '#/$defs/node',
  $defs: {
    node: {
      type: 'object',
      properties: {
        value: { type: 'integer' },
        children: { type: 'array', items: { $ref: '#/$defs/node' } },
      },
      required: ['value'],
    },
  },
}
/** A JSON string of so many characters. */
export const text = (length: number) => JSON.stringify('a'.repeat(length))

/**
 * Schemas that a grammar holds to. Valid ones are values, written compactly; invalid ones are
 * texts.
 */

/** A schema, texts that hold to it, and texts that do not. */
export type SchemaCase = readonly [
  what: string,
  schema: unknown,
  valid: readonly unknown[],
  invalid: readonly string[],
]
