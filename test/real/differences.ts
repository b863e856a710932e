import { isDeepStrictEqual } from 'node:util'
import type { Answer, Reply } from './replies.ts'

/** Where a reply leaves a peer's, and how near the peer's choice was there. */
interface Difference {
  /** The log-probability of the peer's token, less that of the next best. */
  readonly gap: number
  readonly expected: string
  readonly text: string
  readonly toolCalls: Reply['toolCalls']
}

/** Compares a reply with a peer's. Undefined where they are the same. */
export function findDifference(answer: Answer, reply: Reply | undefined): Difference | undefined {
  const { text, toolCalls } = reply ?? { text: '', toolCalls: [] }
  const expected = splitCalls(answer.text)
  if (isDeepStrictEqual(expected, { text, toolCalls })) return undefined
  // Calls are not text of ours any more: only the peer's own text says where they begin.
  const at = toolCalls.length > 0 ? -1 : findFork(answer, text)
  const gap =
    at < 0 ? Infinity : (answer.logprobs[at] ?? 0) - (answer.secondLogprobs[at] ?? -Infinity)
  return { gap, expected: answer.text, text, toolCalls }
}

/** The token in which a text leaves the peer's; the last one where it goes on. */
function findFork({ text, ends }: Answer, peerText: string): number {
  const [characters, peerCharacters] = [[...text], [...peerText]]
  const length = characters.findIndex((character, index) => peerCharacters[index] !== character)
  const at = length < 0 ? -1 : ends.findIndex((end) => end > length)
  return at < 0 ? ends.length - 1 : at
}

/**
 * The text without its calls, as Qwen2.5 writes them, and the calls: in tags, or without, where
 * they begin the reply.
 */
function splitCalls(text: string): Pick<Reply, 'text' | 'toolCalls'> {
  const taggedCall = /\s*<tool_call>\s*(\{.*?\})\s*<\/tool_call>/gs
  const bareCall = /^\s*(?:```json\s*|\{(?=\{))?(\{\s*"name".*?\}\s*\})(?:\s*```|\}|$)?/s
  const toolCalls: { name: string; input: unknown }[] = []
  const takeCall = (_call: string, json: string) => {
    const { name, arguments: input } = JSON.parse(json) as { name: string; arguments: unknown }
    toolCalls.push({ name, input })
    return ''
  }
  let textAfter = text
  while (bareCall.test(textAfter)) textAfter = textAfter.replace(bareCall, takeCall)
  return { text: textAfter.replaceAll(taggedCall, takeCall), toolCalls }
}
