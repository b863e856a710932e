import { type GenerateRequest, NanoError, type ToolCall } from '@nano/core'
import { answerChecker } from './answer-checker.ts'

/**
 * Throws `bad-output` unless `calls` are what `toolChoice` demands: at least one call, of a tool
 * that it allows, whose input holds to the parameters. Servers read a choice as `auto`, or fill in
 * the arguments as the model likes.
 */
export function assertDemandedCalls(
  { tools = [], toolChoice }: Pick<GenerateRequest, 'tools' | 'toolChoice'>,
  calls: readonly ToolCall[],
  label: string,
): void {
  if (toolChoice !== 'required' && typeof toolChoice !== 'object') return
  const demandedTools =
    typeof toolChoice === 'object' ? tools.filter(({ name }) => name === toolChoice.name) : tools
  const demand = demandedTools.map(({ name }) => name).join(' or ')
  const refuse = (fault: string): never => {
    throw new NanoError('bad-output', `${label}: the server ignored toolChoice: ${fault}`)
  }

  if (calls.length === 0) refuse(`the reply calls no tool, and has to call ${demand}`)
  for (const { name, input } of calls) {
    const tool = demandedTools.find((candidate) => candidate.name === name)
    if (!tool) return refuse(`the reply calls ${name}, and has to call ${demand}`)
    const fault = answerChecker(tool.parameters, label)(JSON.stringify(input))
    if (fault !== undefined)
      refuse(`the input of the call of ${name} does not hold to its parameters: ${fault}`)
  }
}
