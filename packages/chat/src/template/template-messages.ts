import type { Message, Tool } from '@nano/core'
import { toResultText } from '../prompt/to-spaced-json.ts'

/** A message as the templates of transformers read it. */
export type TemplateMessage = Readonly<Record<string, unknown>>

interface MessageOptions {
  /** The field of a reply for its thought. */
  readonly thoughtField?: string | undefined
  /** Whether results of tools say the tool's name, which transformers leaves to the caller. */
  readonly namesTools?: boolean
}

/**
 * The messages in the shape that transformers gives to a template: arguments of calls as objects,
 * missing content as '', thoughts as `thoughtField`.
 * @see https://huggingface.co/docs/transformers/main/en/chat_extras
 */
export function toTemplateMessages(
  messages: readonly Message[],
  { thoughtField = 'reasoning_content', namesTools = false }: MessageOptions = {},
): readonly TemplateMessage[] {
  const toolNames = new Map<string, string>()
  return messages.map((message) => {
    if (message.role === 'tool')
      return {
        role: 'tool',
        tool_call_id: message.toolCallId,
        ...(namesTools && { name: toolNames.get(message.toolCallId) ?? '' }),
        content: toResultText(message.output),
      }
    const { role, content } = message
    if (role !== 'assistant') return { role, content }
    const { reasoning, toolCalls = [] } = message
    for (const { id, name } of toolCalls) toolNames.set(id, name)
    return {
      role,
      content,
      ...(reasoning && { [thoughtField]: reasoning }),
      ...(toolCalls.length > 0 && {
        tool_calls: toolCalls.map(({ id, name, input }) => ({
          id,
          type: 'function',
          function: { name, arguments: input },
        })),
      }),
    }
  })
}

/** Tools in OpenAI's form. */
export function toTemplateTools(tools: readonly Tool[]): readonly object[] {
  return tools.map(({ name, description, parameters }) => ({
    type: 'function',
    function: { name, ...(description !== undefined && { description }), parameters },
  }))
}
