/**
 * JSON with the spaces of Python's `json.dumps`, which models were trained on: `{"a": [1, 2]}`.
 */
export function toSpacedJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(toSpacedJson).join(', ')}]`
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).filter(([, entry]) => entry !== undefined)
    const pairs = entries.map(([key, entry]) => `${JSON.stringify(key)}: ${toSpacedJson(entry)}`)
    return `{${pairs.join(', ')}}`
  }
  return JSON.stringify(value) ?? 'null'
}

/** The result of a tool call as text: a string as it is, anything else as JSON. */
export function toResultText(output: unknown): string {
  return typeof output === 'string' ? output : toSpacedJson(output)
}
