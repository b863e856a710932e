import { NanoError, type Tool } from '@nano/core'
import {
  isJsonObject,
  jsonSchemaChecker,
  jsonSchemaCheckerSteps,
  type Steps,
} from '@nano/core/driver'
import type { ParsedCall } from './call-syntax.ts'
import { coerceValue } from './coerce-value.ts'

/** The call under the name of its tool; undefined where it is none that a tool on offer takes. */
export type CheckCall = (call: ParsedCall) => ParsedCall | undefined

interface CallCheckOptions {
  /** A call has to come, so one with a wrong input is a call: core says what is wrong with it. */
  readonly demandsCall?: boolean | undefined
}

/**
 * Checks calls against the tools on offer. Values that are written as another type than the schema
 * asks for become that type, such as "3" where it asks for a number. A tool whose schema has
 * something that cannot be checked takes any input.
 */
export function callChecker(
  tools: readonly Tool[],
  { demandsCall = false }: CallCheckOptions = {},
): CheckCall {
  const checks = new Map<string, (text: string) => boolean>()
  return (call) => {
    const tool = findTool(tools, call.name)
    if (!tool) return undefined
    const isValid = checks.get(tool.name) ?? inputCheck(tool)
    checks.set(tool.name, isValid)
    const text = JSON.stringify(call.input)
    if (isValid(text)) return { ...call, name: tool.name }
    const input = coerceValue(call.input, tool.parameters)
    const coercedText = JSON.stringify(input)
    if (isJsonObject(input) && coercedText !== text && isValid(coercedText))
      return { ...call, name: tool.name, input }
    return demandsCall ? { ...call, name: tool.name } : undefined
  }
}

/** Models write the namespace that some prompts list tools in. */
function findTool(tools: readonly Tool[], name: string): Tool | undefined {
  const find = (wantedName: string) => tools.find((tool) => tool.name === wantedName)
  return find(name) ?? find(name.replace(/^functions\./, ''))
}

function inputCheck({ name, parameters }: Tool): (text: string) => boolean {
  try {
    const findFault = jsonSchemaChecker(parameters, name)
    return (text) => findFault(text) === undefined
  } catch (error) {
    assertUnsupported(error)
    return () => true
  }
}

/** Reads the schemas of tools in steps, which the first call of each would otherwise do at once. */
export function* readParameters(tools: readonly Tool[]): Steps<void> {
  for (const { name, parameters } of tools)
    try {
      yield* jsonSchemaCheckerSteps(parameters, name)
    } catch (error) {
      assertUnsupported(error)
    }
}

function assertUnsupported(error: unknown): void {
  if (!NanoError.is(error) || error.code !== 'unsupported') throw error
}
