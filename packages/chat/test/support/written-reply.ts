import type { AssistantMessage } from '../../src/prompt/conversation.ts'
import type { Message, Part, Tool } from '@nano/core'
import type { ChatFormat } from '../../src/index.ts'
import { commonEnd, commonStart, withoutEnd } from '../../src/learn/common-text.ts'
import { replySplitter } from '../../src/reply/reply-splitter.ts'
import { chatTemplate } from '../../src/template/chat-template.ts'
import { toProbeInput } from '../../src/template/template-input.ts'
import type { TemplateOptions } from '../../src/index.ts'
import { expectRead } from '../../../core/test/text/every-split.ts'

export type Reply = Omit<AssistantMessage, 'role'>

/**
 * What a template writes of a reply behind the prompt for it, without the end of the turn; and
 * whether it begins inside a thought.
 */
export function writtenReply(
  {
    name = 'test',
    bosToken = '',
    eosToken = '',
    now = () => new Date(),
    ...templateOptions
  }: TemplateOptions,
  {
    messages,
    tools,
    reply,
  }: { messages: readonly Message[]; tools: readonly Tool[]; reply: Reply },
): { readonly text: string; readonly startsOpen: boolean } {
  const template = chatTemplate({ name, bosToken, eosToken, now, ...templateOptions })
  const render = (turn: readonly Message[], opensReply = false) =>
    template.renderText(toProbeInput(turn, { tools, opensReply }))
  const prompt = render(messages, true)
  const turn = render([...messages, { role: 'assistant', ...reply }])
  const answer = 'Zqanswer'
  const plainTurn = render([...messages, { role: 'assistant', content: answer }])
  const turnEnd = plainTurn.slice(plainTurn.lastIndexOf(answer) + answer.length)
  const header = commonStart(prompt, turn)
  const replyText = turn.slice(header.length)
  // Gemma 4 ends a turn with calls by the token that begins their results.
  const text = withoutEnd(withoutEnd(replyText, commonEnd(replyText, turnEnd)), '<|tool_response>')
  const thoughtOpening = /(<think>|\[THINK\]|<\|START_THINKING\|>)\s*$/
  return {
    text,
    startsOpen:
      thoughtOpening.test(header) || (thoughtOpening.test(prompt) && text.startsWith('</think>')),
  }
}

/** A reply as a format reads it, which is the same for any split of the text. */
export function readReply(
  format: ChatFormat,
  { text, startsOpen }: { readonly text: string; readonly startsOpen: boolean },
  tools: readonly Tool[],
): { readonly text: string; readonly thought: string; readonly calls: readonly object[] } {
  const conversation = { messages: [], tools, reasoning: 'on' } as const
  const read = (pushes: readonly string[]) => {
    const splitter = replySplitter(format, conversation, { startsOpen })
    return joinParts([...pushes.flatMap((push) => [...splitter.push(push)]), ...splitter.end()])
  }
  const reply = read([text])
  expectRead(read, [...text], reply)
  return reply
}

function joinParts(parts: readonly Part[]) {
  const join = (type: 'text' | 'reasoning') =>
    parts.map((part) => (part.type === type && 'text' in part ? part.text : '')).join('')
  return {
    text: join('text').trim(),
    thought: join('reasoning'),
    calls: parts.flatMap((part) =>
      part.type === 'tool-call' ? [{ name: part.name, input: part.input }] : [],
    ),
  }
}
