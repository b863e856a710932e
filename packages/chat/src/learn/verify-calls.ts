import type { Part, Tool } from '@nano/core'
import { isSameJson } from '@nano/core/driver'
import { passThroughSplitter } from '../reply/pass-through-splitter.ts'
import type { CallDescription } from '../tool-calls/call-description.ts'
import { splitDescribedCalls } from '../tool-calls/split-described-calls.ts'

/** A call that a template writes to verify its description. */
interface VerifiedCall {
  readonly id: string
  readonly name: string
  readonly input: object
}

/** A tool with an argument of each kind, and texts that look like markup. */
export const verifyTool: Tool = {
  name: 'zqverify',
  description: 'Zqdescription',
  parameters: {
    type: 'object',
    properties: {
      text: { type: 'string' },
      lines: { type: 'string' },
      digits: { type: 'string' },
      count: { type: 'integer' },
      share: { type: 'number' },
      flag: { type: 'boolean' },
      list: { type: 'array', items: { type: 'string' } },
      nested: { type: 'object', properties: { a: { type: 'integer' } } },
    },
    required: ['text'],
  },
}

/** Calls of `verifyTool`. */
export const verifiedCalls: readonly [VerifiedCall, VerifiedCall] = [
  {
    id: 'Zqcall003',
    name: verifyTool.name,
    input: {
      text: 'a "b" \\ <x> & {y}',
      lines: 'c\n\n  d, [e]',
      digits: '007',
      count: 7,
      share: 1.5,
      flag: true,
      list: ['é日', 'f'],
      nested: { a: 1 },
    },
  },
  { id: 'Zqcall004', name: verifyTool.name, input: { text: 'g' } },
]

/** Whether a reader with this description finds in `written` the calls that it was made of. */
export function readsBack(
  turn: string,
  calls: readonly VerifiedCall[],
  description: CallDescription,
): boolean {
  const splitter = splitDescribedCalls(passThroughSplitter, description, {
    earlierIds: [],
    tools: [verifyTool],
  })
  const parts: readonly Part[] = [...splitter.push(turn), ...splitter.end()]
  const readCalls = parts.filter((part) => part.type === 'tool-call')
  const hasText = parts.some((part) => part.type === 'text' && part.text.trim() !== '')
  return (
    !hasText &&
    readCalls.length === calls.length &&
    readCalls.every(
      ({ name, input }, index) =>
        name === calls[index]?.name && isSameJson(input, calls[index].input),
    )
  )
}
