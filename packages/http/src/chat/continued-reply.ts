import { type ChatFormat, type Conversation, promptToText } from '@nano/chat'
import { continuesThought, findContinuedReply } from '@nano/chat/engine'
import { type Message, NanoError } from '@nano/core'
import type { ContinuationForm } from './chat-dialect.ts'
import { commonMarkers } from './thought-markers.ts'

interface ContinuationOptions {
  /** Begins error messages. */
  readonly label: string
  readonly form: ContinuationForm
  /** The server goes on with a last reply that is not marked, too. */
  readonly continuesUnmarked: boolean
  readonly format: ChatFormat | undefined
}

/**
 * The messages of a conversation as a server has to get them to go on with its last reply: a
 * thought that the server would leave out stands in the content. Throws `unsupported` where the
 * server would go on with a reply that is not marked, or without its thought.
 */
export function encodeContinuedReply(
  conversation: Conversation,
  { label, form, continuesUnmarked, format }: ContinuationOptions,
): readonly Message[] {
  const { messages } = conversation
  const reply = findContinuedReply(messages)
  if (!reply) {
    if (continuesUnmarked && messages.at(-1)?.role === 'assistant')
      throw new NanoError(
        'unsupported',
        `${label} does not support a last message of the assistant that is not marked continue: ` +
          'the server would go on with it. End with a message of the user or of a tool',
      )
    return messages
  }
  if (!reply.reasoning || form === 'thought-field') return messages
  if (form === 'prefill')
    throw new NanoError(
      'unsupported',
      `${label} does not support continuing a reply that has a thought: this version of the ` +
        "server leaves the thought out. Update it, or open the model with mode: 'completions'",
    )
  const isThought = continuesThought(conversation)
  // A template writes a thought before its answer by itself.
  if (form === 'rendered' && !isThought) return messages
  const { reasoning: _, ...parts } = reply
  const text = writeReply(format, conversation)
  const { open } = format?.reasoning ?? commonMarkers
  // The prompt of a new reply may end with the marker, but a template begins the reply itself.
  const isRendered = form === 'rendered' || form === 'rendered-content'
  const lacksMarker = isRendered && !text.trimStart().startsWith(open)
  const content = lacksMarker ? `${open}\n${text}` : text
  return [...messages.slice(0, -1), { ...parts, content }]
}

/** The reply to continue as the model writes it, behind the prompt that begins a reply. */
function writeReply(format: ChatFormat | undefined, conversation: Conversation): string {
  const { messages } = conversation
  const start = renderText(format, { ...conversation, messages: messages.slice(0, -1) })
  const wholePrompt = renderText(format, conversation)
  if (start !== undefined && wholePrompt?.startsWith(start)) return wholePrompt.slice(start.length)
  const { content = '', reasoning = '' } = findContinuedReply(messages) ?? {}
  const { open, close } = format?.reasoning ?? commonMarkers
  return `${open}\n${reasoning}${content && `\n${close}\n\n${content}`}`
}

/** Nothing where the format cannot write the conversation. */
function renderText(
  format: ChatFormat | undefined,
  conversation: Conversation,
): string | undefined {
  try {
    return format && promptToText(format.render(conversation))
  } catch (error) {
    if (NanoError.is(error)) return undefined
    throw error
  }
}
