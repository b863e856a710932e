import { type GenerateRequest, NanoError, type ToolCall } from '@nano/core'
import { findDemandedTools } from '@nano/core/driver'

/**
 * Throws `bad-output` unless `calls` are what `toolChoice` demands: at least one call, of a tool
 * that it allows. Servers read a choice as `auto`, or ignore it. The input of each call is checked
 * in core.
 */
export function assertDemandedCalls(
  request: Pick<GenerateRequest, 'tools' | 'toolChoice'>,
  calls: readonly ToolCall[],
  label: string,
): void {
  const demandedNames = namesOf(findDemandedTools(request))
  if (demandedNames.length === 0) return
  const demand = demandedNames.join(' or ')
  const refuse = (fault: string): never => {
    throw new NanoError('bad-output', `${label}: the server ignored toolChoice: ${fault}`)
  }

  if (calls.length === 0) refuse(`the reply calls no tool, and had to call ${demand}`)
  const otherName = namesOf(calls).find((name) => !demandedNames.includes(name))
  if (otherName !== undefined) refuse(`the reply calls ${otherName}, and had to call ${demand}`)
}

function namesOf(values: readonly { readonly name: string }[]): readonly string[] {
  return values.map(({ name }) => name)
}
