import { isJsonObject } from '../../schema-keywords.ts'
import { escapePointer } from '../subschemas.ts'

type Schema = Readonly<Record<string, unknown>>

/** Keywords with a schema. */
const schemaKeywords = ['items', 'additionalProperties', 'propertyNames']
/** Keywords with named schemas. */
const mapKeywords = ['properties', 'patternProperties', '$defs']
/** Keywords with a list of schemas. */
const listKeywords = ['prefixItems', 'allOf']
/** Keywords with alternatives. */
const choiceKeywords = ['anyOf', 'oneOf']

/**
 * Writes `false` for the parts that no value holds to, and drops alternatives of that kind.
 * `onDemand` is called with the path of each such part that has to be written all the same.
 */
export function closeImpossibleParts(root: Schema, onDemand: (path: string) => void): unknown {
  const close = (schema: unknown, path: string): unknown => {
    if (!isJsonObject(schema)) return schema
    if (isJsonObject(schema.not) && Object.keys(schema.not).length === 0) return false
    const closedEntries = Object.fromEntries(
      Object.entries(schema).map(([keyword, value]) => [
        keyword,
        closeKeyword(keyword, value, `${path}/${keyword}`),
      ]),
    )
    for (const place of listDemanded(closedEntries)) onDemand(`${path}${place}`)
    return choiceKeywords.some((keyword) => isEmpty(closedEntries[keyword])) ? false : closedEntries
  }

  function closeKeyword(keyword: string, value: unknown, path: string): unknown {
    if (schemaKeywords.includes(keyword)) return close(value, path)
    if (mapKeywords.includes(keyword) && isJsonObject(value))
      return Object.fromEntries(
        Object.entries(value).map(([name, part]) => [
          name,
          close(part, `${path}/${escapePointer(name)}`),
        ]),
      )
    const isChoice = choiceKeywords.includes(keyword)
    if (!Array.isArray(value) || !(isChoice || listKeywords.includes(keyword))) return value
    const parts = value.map((part: unknown, index) => close(part, `${path}/${index}`))
    return isChoice ? parts.filter((part) => part !== false) : parts
  }

  const closedRoot = close(root, '#')
  if (closedRoot === false) onDemand('#')
  return closedRoot
}

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
