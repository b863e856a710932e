import type { Tool } from '@nano/core'

type Schema = Readonly<Record<string, unknown>>

/**
 * Functions as the TypeScript types that Harmony describes them by.
 * @see https://cookbook.openai.com/articles/openai-harmony#function-calling
 */
export function typescriptTools(tools: readonly Tool[]): string {
  const types = tools.map(({ name, description, parameters }) => {
    const lines = fields(parameters)
    const type = `type ${name} = ${lines.length > 0 ? `(_: {\n${lines.join('\n')}\n})` : '()'} => any;`
    return comment(description) + type
  })
  return `# Tools\n\n## functions\n\nnamespace functions {\n\n${types.join('\n\n')}\n\n} // namespace functions`
}

function fields(schema: Schema): string[] {
  const required = Array.isArray(schema.required) ? schema.required : []
  return Object.entries(object(schema.properties)).map(([name, value]) => {
    const field = object(value)
    const optional = required.includes(name) ? '' : '?'
    return `${comment(field.description)}${name}${optional}: ${typeOf(field)},${field.default === undefined ? '' : ` // default: ${JSON.stringify(field.default)}`}`
  })
}

function typeOf(schema: Schema): string {
  if (Array.isArray(schema.enum))
    return schema.enum.map((value) => JSON.stringify(value)).join(' | ')
  const alternatives = [schema.oneOf, schema.anyOf].find(Array.isArray)
  if (alternatives) return alternatives.map((one) => typeOf(object(one))).join(' | ')
  if (Array.isArray(schema.type))
    return schema.type.map((type: unknown) => typeOf({ ...schema, type })).join(' | ')
  if (schema.type === 'array')
    return `${schema.items === undefined ? 'any' : typeOf(object(schema.items))}[]`
  if (schema.type === 'integer') return 'number'
  if (schema.type === 'object')
    return schema.properties === undefined ? 'object' : `{\n${fields(schema).join('\n')}\n}`
  return typeof schema.type === 'string' ? schema.type : 'any'
}

function comment(description: unknown): string {
  return typeof description === 'string'
    ? description
        .split('\n')
        .map((line) => `// ${line}\n`)
        .join('')
    : ''
}

function object(value: unknown): Schema {
  return typeof value === 'object' && value !== null ? (value as Schema) : {}
}
