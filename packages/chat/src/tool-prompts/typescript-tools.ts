import type { Tool } from '@nano/core'

type Schema = Readonly<Record<string, unknown>>

/**
 * Describes tools as TypeScript types, as the Harmony format does.
 * @see https://cookbook.openai.com/articles/openai-harmony#function-calling
 */
export function describeTypescriptTools(tools: readonly Tool[]): string {
  const types = tools.map(({ name, description, parameters }) => {
    const fields = describeFields(parameters)
    const parameter = fields.length > 0 ? `(_: {\n${fields.join('\n')}\n})` : '()'
    return `${toComment(description)}type ${name} = ${parameter} => any;`
  })
  return (
    '# Tools\n\n## functions\n\n' +
    `namespace functions {\n\n${types.join('\n\n')}\n\n} // namespace functions`
  )
}

function describeFields(schema: Schema): string[] {
  const required = Array.isArray(schema.required) ? schema.required : []
  return Object.entries(toObject(schema.properties)).map(([name, property]) => {
    const field = toObject(property)
    const optional = required.includes(name) ? '' : '?'
    const defaultValue =
      field.default === undefined ? '' : ` // default: ${JSON.stringify(field.default)}`
    return `${toComment(field.description)}${name}${optional}: ${toType(field)},${defaultValue}`
  })
}

function toType(schema: Schema): string {
  if (Array.isArray(schema.enum))
    return schema.enum.map((value) => JSON.stringify(value)).join(' | ')
  const alternatives = [schema.oneOf, schema.anyOf].find(Array.isArray)
  if (alternatives) return alternatives.map((schema) => toType(toObject(schema))).join(' | ')
  if (Array.isArray(schema.type))
    return schema.type.map((type: unknown) => toType({ ...schema, type })).join(' | ')
  if (schema.type === 'array')
    return `${schema.items === undefined ? 'any' : toType(toObject(schema.items))}[]`
  if (schema.type === 'integer') return 'number'
  if (schema.type === 'object')
    return schema.properties === undefined ? 'object' : `{\n${describeFields(schema).join('\n')}\n}`
  return typeof schema.type === 'string' ? schema.type : 'any'
}

function toComment(description: unknown): string {
  return typeof description === 'string'
    ? description
        .split('\n')
        .map((line) => `// ${line}\n`)
        .join('')
    : ''
}

function toObject(value: unknown): Schema {
  return typeof value === 'object' && value !== null ? (value as Schema) : {}
}
