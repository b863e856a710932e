import { NanoError, type Tool } from '@nano/core'
import { jsonSchemaChecker } from '@nano/core/driver'
import type { ParsedCall } from './call-syntax.ts'

/**
 * The call under the name of its tool; undefined where no tool on offer has the name, or the input
 * does not hold to the schema.
 */
export type CheckCall = (call: ParsedCall) => ParsedCall | undefined

/**
 * Checks calls against the tools on offer. A tool whose schema has something that cannot be checked
 * takes any input.
 */
export function callChecker(tools: readonly Tool[]): CheckCall {
  const checks = new Map<string, (input: object) => boolean>()
  return (call) => {
    const tool = findTool(tools, call.name)
    if (!tool) return undefined
    const holds = checks.get(tool.name) ?? inputCheck(tool)
    checks.set(tool.name, holds)
    return holds(call.input) ? { ...call, name: tool.name } : undefined
  }
}

/** Models write the namespace that some prompts list tools in. */
function findTool(tools: readonly Tool[], name: string): Tool | undefined {
  const find = (wanted: string) => tools.find((tool) => tool.name === wanted)
  return find(name) ?? find(name.replace(/^functions\./, ''))
}

function inputCheck({ name, parameters }: Tool): (input: object) => boolean {
  try {
    const findFault = jsonSchemaChecker(parameters, name)
    return (input) => findFault(JSON.stringify(input)) === undefined
  } catch (error) {
    if (NanoError.is(error) && error.code === 'unsupported') return () => true
    throw error
  }
}
