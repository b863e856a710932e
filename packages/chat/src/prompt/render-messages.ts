import type { Message } from '@nano/core'
import { type AssistantMessage, findContinuedReply } from './conversation.ts'
import { type Prompt, separateControlTokens, text } from './prompt.ts'

/** The joined system messages, which all stand at the start, and the other messages. */
export function splitSystemMessages(messages: readonly Message[]): {
  readonly system: string | undefined
  readonly otherMessages: readonly Message[]
} {
  const texts = messages
    .filter((message) => message.role === 'system')
    .map(({ content }) => content)
  return {
    system: texts.length > 0 ? texts.join('\n\n') : undefined,
    otherMessages: messages.slice(texts.length),
  }
}

/** The result of a tool call. */
export interface ToolResult {
  readonly toolName: string
  readonly output: unknown
}

/** How a family writes each kind of message. */
interface MessageSyntax {
  user(content: string): Prompt
  /**
   * A finished reply. It is a `step` where no user message follows it: the model called a tool on
   * the way to the answer.
   */
  assistant(reply: AssistantMessage, kind: 'answer' | 'step'): Prompt
  /** Consecutive results, in the order of their calls. Absent where the family has no tools. */
  toolResults?(results: readonly ToolResult[]): Prompt
  /** The start of the model's reply; `continued` holds what the model has already written. */
  openReply(continued?: AssistantMessage): Prompt
}

/** Renders messages in order, without system messages, and opens the reply of the model. */
export function renderMessages(
  messages: readonly Message[],
  { user, assistant, toolResults = () => [], openReply }: MessageSyntax,
): Prompt {
  const prompt: Prompt[] = []
  const calls: { readonly id: string; readonly name: string }[] = []
  const findCall = (id: string) => calls.findLastIndex((call) => call.id === id)
  let pendingResults: Extract<Message, { role: 'tool' }>[] = []
  const lastUser = messages.findLastIndex(({ role }) => role === 'user')
  const continued = findContinuedReply(messages)

  for (const [index, message] of messages.entries()) {
    if (message === continued) break
    if (message.role === 'user') prompt.push(user(message.content))
    if (message.role === 'assistant') {
      calls.push(...(message.toolCalls ?? []))
      prompt.push(assistant(message, index > lastUser ? 'step' : 'answer'))
    }
    if (message.role === 'tool') {
      pendingResults.push(message)
      if (messages[index + 1]?.role === 'tool') continue
      // The formats write no ids, so the order of the results is all that links them to the calls.
      const results = pendingResults
        .toSorted((a, b) => findCall(a.toolCallId) - findCall(b.toolCallId))
        .map(({ toolCallId, output }) => ({
          toolName: calls[findCall(toolCallId)]?.name ?? '',
          output,
        }))
      prompt.push(toolResults(results))
      pendingResults = []
    }
  }
  return [...prompt, openReply(continued)].flat()
}

/** The tags that most families write around a thought. */
export const thinkTags = { open: '<think>', close: '</think>' } as const

interface ReplyStartOptions {
  readonly reasoning: 'on' | 'off'
  /** What the family's template writes at the start of a reply, for the model. */
  readonly prefill: { readonly on: string; readonly off: string }
  /** What stands before a thought; in most families a tag and a line break. */
  readonly thoughtStart?: string
  /** What stands between a thought and the answer. */
  readonly thoughtEnd: string
  /** The control tokens among these. */
  readonly controlTokens?: readonly string[]
}

/** The start of a reply: what the template prefills, or what the model has already written. */
export function renderReplyStart(
  reply: Pick<AssistantMessage, 'content' | 'reasoning'> | undefined,
  {
    reasoning,
    prefill,
    thoughtStart = `${thinkTags.open}\n`,
    thoughtEnd,
    controlTokens = [],
  }: ReplyStartOptions,
): Prompt {
  const { content = '', reasoning: thought = '' } = reply ?? {}
  const withText = (markup: string, written: string): Prompt => [
    ...separateControlTokens(markup, controlTokens),
    text(written),
  ]
  if (thought)
    return [...withText(thoughtStart, thought), ...(content ? withText(thoughtEnd, content) : [])]
  return content ? withText(prefill.off, content) : withText(prefill[reasoning], '')
}
