import type { Tool } from '@nano/core'
import type { CallSyntax, ParsedCall } from './tagged.ts'

const parameter = /<parameter=([^>]+)>\n?([\s\S]*?)\n?<\/parameter>/g

/** Calls as `<function=name>` with a `<parameter=name>` for each value. Values have no quotes: the tool's schema says which are text. */
export function functionSyntax(tools: readonly Tool[]): CallSyntax {
  function parse(written: string): ParsedCall | undefined {
    const [, name, body = ''] = /^<function=([^>]+)>([\s\S]*)<\/function>$/.exec(written) ?? []
    if (!name || body.replaceAll(parameter, '').trim()) return undefined
    const schema = tools.find((tool) => tool.name === name)?.parameters
    return { name, input: Object.fromEntries([...body.matchAll(parameter)].map(([, key = '', value = '']) => [key, read(value, schema, key)])) }
  }

  return {
    begins: '<function=',
    end(text) {
      // A value may have the tag in it, but not at the end of a parameter.
      const found = /<\/parameter>\s*<\/function>|^<function=[^>]*>\s*<\/function>/.exec(text)
      return found ? found.index + found[0].length : undefined
    },
    parse,
    mend: () => undefined,
    inside: (text) => text.lastIndexOf('<parameter=') > text.lastIndexOf('</parameter>'),
  }
}

function read(value: string, schema: Tool['parameters'] | undefined, key: string): unknown {
  const properties = schema?.properties
  const property: unknown = typeof properties === 'object' && properties !== null ? Reflect.get(properties, key) : undefined
  const type: unknown = typeof property === 'object' && property !== null ? Reflect.get(property, 'type') : undefined
  if (type === undefined || type === 'string') return value
  try {
    return JSON.parse(value)
  } catch {
    return value
  }
}
