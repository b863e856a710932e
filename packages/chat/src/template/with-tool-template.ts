import type { ChatFormat } from '../format/chat-format.ts'
import type { Conversation } from '../prompt/conversation.ts'

/**
 * The format of a model with a template of its own for tools: that one writes the conversations
 * with tools, calls or results, as in transformers, and the other one all else.
 * @see https://huggingface.co/docs/transformers/main/en/chat_templating_writing
 */
export function withToolTemplate(plainFormat: ChatFormat, toolFormat: ChatFormat): ChatFormat {
  const select = (conversation: Conversation) =>
    usesTools(conversation) ? toolFormat : plainFormat
  const { splitToolCalls, callRule, dropsLaterCalls } = toolFormat
  const dropsSystem = plainFormat.dropsSystem ?? (toolFormat.dropsSystem && 'with-tools')
  const reasoning = plainFormat.reasoning ?? toolFormat.reasoning
  const controlTokens = [
    ...new Set([...(plainFormat.controlTokens ?? []), ...(toolFormat.controlTokens ?? [])]),
  ]
  return {
    ...plainFormat,
    ...(reasoning && {
      reasoning: {
        ...reasoning,
        promptOpensThought: (conversation) =>
          select(conversation).reasoning?.promptOpensThought?.(conversation) ?? false,
      },
    }),
    ...(controlTokens.length > 0 && { controlTokens }),
    ...(splitToolCalls && { splitToolCalls }),
    ...(callRule && { callRule }),
    ...(dropsLaterCalls && { dropsLaterCalls }),
    ...(dropsSystem && { dropsSystem }),
    render: (conversation) => select(conversation).render(conversation),
  }
}

function usesTools({ messages, tools }: Conversation): boolean {
  return (
    tools.length > 0 ||
    messages.some(
      (message) =>
        message.role === 'tool' || (message.role === 'assistant' && message.toolCalls?.length),
    )
  )
}
