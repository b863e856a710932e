/** What is hostile in a schema, and the schema, which is built on demand: it takes much memory. */
export type HostileSchema = readonly [what: string, buildSchema: () => object]

/** A schema around another, so many times. */
export function nest(depth: number, wrapSchema: (innerSchema: object) => object): object {
  let schema: object = { type: 'string' }
  for (let level = 0; level < depth; level++) schema = wrapSchema(schema)
  return schema
}

export const list = (count: number) => Array.from({ length: count }, (_, index) => index)

export const nameOf = (index: number) => `name${index}`

/** An object with 5,000 properties. */
export function wideObject(keywords: object): object {
  const properties = Object.fromEntries(list(5_000).map((index) => [nameOf(index), {}]))
  return { type: 'object', properties, ...keywords }
}
