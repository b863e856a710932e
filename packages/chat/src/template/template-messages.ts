import type { Message, Tool } from '@nano/core'
import { fromCaller } from '../jinja/index.ts'
import type { AssistantMessage } from '../prompt/conversation.ts'
import { toResultText } from '../prompt/to-spaced-json.ts'

/** A message as the templates of transformers read it. */
export type TemplateMessage = Readonly<Record<string, unknown>>

interface MessageOptions {
  /** The field of a reply for its thought. */
  readonly thoughtField?: string | undefined
  /** Whether results of tools say the tool's name, which transformers leaves to the caller. */
  readonly namesTools?: boolean
  /** Whether the text beside a call goes into the thought: some templates refuse both. */
  readonly mergesTextAndThought?: boolean
}

/**
 * The messages in the shape that transformers gives to a template: arguments of calls as objects,
 * missing content as '', thoughts as `thoughtField`, results in the order of their calls. What
 * people and models said is marked as theirs; roles and types are the template's own words.
 * @see https://huggingface.co/docs/transformers/main/en/chat_extras
 */
export function toTemplateMessages(
  messages: readonly Message[],
  {
    thoughtField = 'reasoning_content',
    namesTools = false,
    mergesTextAndThought = false,
  }: MessageOptions = {},
): readonly TemplateMessage[] {
  const toolNames = new Map<string, string>()
  return sortResults(messages).map((message) => {
    if (message.role === 'tool')
      return {
        role: 'tool',
        tool_call_id: fromCaller(message.toolCallId),
        ...(namesTools && { name: fromCaller(toolNames.get(message.toolCallId) ?? '') }),
        content: fromCaller(toResultText(message.output)),
      }
    if (message.role !== 'assistant')
      return { role: message.role, content: fromCaller(message.content) }
    const { toolCalls = [] } = message
    for (const { id, name } of toolCalls) toolNames.set(id, name)
    const { content, reasoning = '' } =
      mergesTextAndThought && toolCalls.length > 0 ? mergeText(message) : message
    return {
      role: 'assistant',
      content: fromCaller(content),
      ...(reasoning && { [thoughtField]: fromCaller(reasoning) }),
      ...(toolCalls.length > 0 && {
        tool_calls: toolCalls.map(({ id, name, input }) => ({
          id: fromCaller(id),
          type: 'function',
          function: { name: fromCaller(name), arguments: fromCaller(input) },
        })),
      }),
    }
  })
}

/** Results that stand in a row, in the order of their calls: few templates write ids. */
function sortResults(messages: readonly Message[]): readonly Message[] {
  const callIds = messages.flatMap((message) =>
    message.role === 'assistant' ? (message.toolCalls ?? []).map(({ id }) => id) : [],
  )
  const sortedMessages: Message[] = []
  for (const message of messages) {
    let at = sortedMessages.length
    if (message.role === 'tool')
      for (
        let before = sortedMessages[at - 1];
        before?.role === 'tool';
        before = sortedMessages[at - 1]
      ) {
        const place = callIds.lastIndexOf(before.toolCallId)
        if (place <= callIds.lastIndexOf(message.toolCallId)) break
        at--
      }
    sortedMessages.splice(at, 0, message)
  }
  return sortedMessages
}

function mergeText({ content, reasoning }: AssistantMessage) {
  return reasoning && content
    ? { content: '', reasoning: `${reasoning}\n\n${content}` }
    : { content, reasoning }
}

/** Tools in OpenAI's form. `describesAll`: those without a description get an empty one. */
export function toTemplateTools(
  tools: readonly Tool[],
  { describesAll = false }: { readonly describesAll?: boolean } = {},
): readonly object[] {
  return tools.map(({ name, description = describesAll ? '' : undefined, parameters }) => ({
    type: 'function',
    function: fromCaller({ name, ...(description !== undefined && { description }), parameters }),
  }))
}
