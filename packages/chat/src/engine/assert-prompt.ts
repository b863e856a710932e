import { type GenerateRequest, NanoError } from '@nano/core'
import type { ChatFormat } from '../format/chat-format.ts'
import { toConversation } from '../prompt/conversation.ts'
import { type Prompt, promptToText } from '../prompt/prompt.ts'

/**
 * Throws `unsupported` where the format leaves out a part of the conversation that the model needs:
 * nobody would notice. `name` is the engine's.
 */
export function assertWritable(
  name: string,
  { messages, tools }: GenerateRequest,
  format: ChatFormat,
): void {
  const callCounts = messages.map((message) =>
    message.role === 'assistant' ? (message.toolCalls ?? []).length : 0,
  )
  const usesTools =
    callCounts.some((count) => count > 0) || messages.some(({ role }) => role === 'tool')
  if (usesTools && !format.splitToolCalls)
    throw new NanoError(
      'unsupported',
      `${name}: the format ${format.name} cannot write tool calls or their results`,
    )
  const crowded = callCounts.findIndex((count) => count > 1)
  if (crowded >= 0 && format.dropsLaterCalls)
    throw new NanoError(
      'unsupported',
      `${name}: the ${format.name} writes only the first call of a reply, and ` +
        `messages[${crowded}] has ${callCounts[crowded]}. Give each call a reply of its own, ` +
        'followed by its result.',
    )
  const dropsSystem =
    format.dropsSystem === 'always' || (format.dropsSystem === 'with-tools' && tools?.length)
  if (dropsSystem && messages[0]?.role === 'system')
    throw new NanoError(
      'unsupported',
      `${name}: the ${format.name} leaves system messages out. ` +
        'Put what it says into the first question, or open the model with another format.',
    )
}

/**
 * Throws `unsupported` where a prompt lacks a tool. Some templates write tools only in certain
 * conversations, such as those without a system message.
 */
export function assertToolsWritten(
  { name, format }: { readonly name: string; readonly format: ChatFormat },
  request: GenerateRequest,
  prompt: Prompt,
): void {
  const { tools } = toConversation(request)
  if (tools.length === 0) return
  const written = promptToText(prompt)
  // A template may escape other characters.
  const missing = tools.find((tool) => /^[\w.-]+$/.test(tool.name) && !written.includes(tool.name))
  if (!missing) return
  const advice =
    request.messages[0]?.role === 'system'
      ? 'Put what the system message says into the first question'
      : 'Change the conversation'
  throw new NanoError(
    'unsupported',
    `${name}: the ${format.name} leaves the tool ${missing.name} out of this conversation. ` +
      `${advice}, or open the model with another format.`,
  )
}
