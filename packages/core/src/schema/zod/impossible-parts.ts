import { isJsonObject } from '../../schema-keywords.ts'
import { countCost, type Steps } from '../steps.ts'
import { escapePointer } from '../subschemas.ts'

type Schema = Record<string, unknown>

/** Keywords with a schema. */
const schemaKeywords = ['items', 'additionalProperties', 'propertyNames']
/** Keywords with named schemas. */
const mapKeywords = ['properties', 'patternProperties', '$defs']
/** Keywords with alternatives. */
const choiceKeywords = ['anyOf', 'oneOf']
/** Keywords with a list of schemas. */
const listKeywords = ['prefixItems', 'allOf', ...choiceKeywords]

/** A schema, where it stands, and the object or the list that holds it. */
interface Part {
  readonly schema: Schema
  readonly path: string
  readonly holder: Schema
  readonly key: string | number
}

/**
 * Writes `false` for the parts that no value holds to, and drops alternatives of that kind; the
 * schema itself is changed. `onDemand` is called with the path of each such part that has to be
 * written all the same.
 */
export function* closeImpossibleParts(
  root: Schema,
  onDemand: (path: string) => void,
): Steps<unknown> {
  const top = { root }
  const parts: Part[] = [{ schema: root, path: '#', holder: top, key: 'root' }]
  const stepEnds = countCost()
  for (let index = 0; index < parts.length; index++)
    for (const part of listParts(parts[index] as Part)) {
      parts.push(part)
      if (stepEnds(1)) yield
    }
  // Each part comes after the schema that it stands in.
  for (let part = parts.pop(); part; part = parts.pop()) {
    if (stepEnds(1)) yield
    const { schema, path, holder, key } = part
    for (const keyword of choiceKeywords) {
      const choices = schema[keyword]
      if (Array.isArray(choices)) schema[keyword] = choices.filter((choice) => choice !== false)
    }
    const isClosed = isJsonObject(schema.not) && Object.keys(schema.not).length === 0
    if (isClosed || choiceKeywords.some((keyword) => isEmpty(schema[keyword]))) holder[key] = false
    if (!isClosed) for (const place of listDemanded(schema)) onDemand(path + place)
  }
  if ((top.root as unknown) === false) onDemand('#')
  return top.root
}

function* listParts({ schema, path }: Part): Generator<Part, void, undefined> {
  for (const keyword of schemaKeywords) {
    const part = schema[keyword]
    if (isSchema(part))
      yield { schema: part, path: `${path}/${keyword}`, holder: schema, key: keyword }
  }
  for (const keyword of [...mapKeywords, ...listKeywords]) {
    const holder = schema[keyword]
    if (typeof holder !== 'object' || holder === null) continue
    for (const key of Object.keys(holder)) {
      const part: unknown = Reflect.get(holder, key)
      const partPath = `${path}/${keyword}/${escapePointer(key)}`
      if (isSchema(part)) yield { schema: part, path: partPath, holder: holder as Schema, key }
    }
  }
}

const isSchema: (value: unknown) => value is Schema = isJsonObject

/** The places of impossible parts that a value cannot go without. */
function listDemanded({ properties, required, prefixItems, minItems = 0, allOf }: Schema) {
  const names = Array.isArray(required) && isJsonObject(properties) ? required.map(String) : []
  const places = names
    .filter((name) => isJsonObject(properties) && properties[name] === false)
    .map((name) => `/properties/${escapePointer(name)}`)
  for (const [keyword, parts] of Object.entries({ prefixItems, allOf }))
    if (Array.isArray(parts))
      for (const [index, part] of parts.entries())
        if (part === false && (keyword === 'allOf' || index < Number(minItems)))
          places.push(`/${keyword}/${index}`)
  return places
}

function isEmpty(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0
}
