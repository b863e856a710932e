import type { GenerateRequest, Message, Tool } from '@nano/core'
import { findDemandedTools } from '@nano/core/driver'
import { type Prompt, type Segment, separateControlTokens } from './prompt.ts'

/** A conversation as formats write it: what a request asks for, without how to generate it. */
export interface Conversation {
  readonly messages: readonly Message[]
  readonly reasoning: 'on' | 'off'
  readonly tools: readonly Tool[]
  /** The reply has to call one of the tools. */
  readonly demandsCall?: boolean
}

/** A message of the model: a past reply, or one to continue. */
export type AssistantMessage = Extract<Message, { role: 'assistant' }>

/** The conversation of a request. Core fills `reasoning` in before a driver gets the request. */
export function toConversation(request: GenerateRequest): Conversation {
  const { messages, reasoning = 'off', tools = [], toolChoice } = request
  return {
    messages,
    reasoning,
    tools: toolChoice === 'none' ? [] : tools,
    ...(findDemandedTools(request).length > 0 && { demandsCall: true }),
  }
}

/** The reply to continue, where the last message is marked `continue`. */
export function findContinuedReply(messages: readonly Message[]): AssistantMessage | undefined {
  const last = messages.at(-1)
  return last?.role === 'assistant' && last.continue ? last : undefined
}

/** Whether the model continues a thought, rather than an answer or a new reply. */
export function continuesThought({ messages }: Conversation): boolean {
  const reply = findContinuedReply(messages)
  return Boolean(reply?.reasoning) && reply?.content === ''
}

/**
 * Whether the model starts with a new thought. In a family whose template opens the thought, the
 * prompt then ends with the opening marker.
 */
export function startsNewThought({ messages, reasoning }: Conversation): boolean {
  const reply = findContinuedReply(messages)
  return reasoning === 'on' && !reply?.content && !reply?.reasoning
}

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
      const results = [...pendingResults]
        .sort((a, b) => findCall(a.toolCallId) - findCall(b.toolCallId))
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

export interface ReplyStartOptions {
  readonly reasoning: 'on' | 'off'
  /** What the template writes at the start of a reply, for the model; absent where nothing. */
  readonly prefill?: { readonly on: string; readonly off: string }
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
  const separate = (markup: string) => separateControlTokens(markup, controlTokens)
  if (thought) {
    const answer = content ? [...separate(thoughtEnd), { text: content }] : []
    return [...separate(thoughtStart), { text: thought }, ...answer]
  }
  return [...(prefill ? separate(prefill[content ? 'off' : reasoning]) : []), { text: content }]
}

/** The start of a ChatML message: `<|im_start|>role`, a line break, and the content so far. */
export function openChatmlMessage(role: string, content = ''): Prompt {
  return [{ control: '<|im_start|>' }, { text: `${role}\n${content}` }]
}

/** A whole ChatML message. */
export function chatmlMessage(role: string, content: string): Prompt {
  return [...openChatmlMessage(role, content), { control: '<|im_end|>' }, { text: '\n' }]
}

/** The start of every prompt of the Llama 3 family. */
export const llama3Start: Segment = { control: '<|begin_of_text|>' }

/** The start of a message of the Llama 3 family: its role between two control tokens. */
export function openLlama3Message(role: string): Prompt {
  return [
    { control: '<|start_header_id|>' },
    { text: role },
    { control: '<|end_header_id|>' },
    { text: '\n\n' },
  ]
}

/** A whole message of the Llama 3 family. */
export function llama3Message(role: string, content: string): Prompt {
  return [...openLlama3Message(role), { text: content }, { control: '<|eot_id|>' }]
}
