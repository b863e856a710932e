import type { Conversation, ReasoningSwitch } from '../format/chat-format.ts'
import { controlsIn, type Prompt, text } from '../prompt/prompt.ts'
import type { Reply } from '../prompt/conversation.ts'

/** The tags most families write around a thought. */
export const think = { open: '<think>', close: '</think>' } as const

/** The variable most templates with a switch read. */
export const enableThinking: ReasoningSwitch = { by: 'template-argument', name: 'enable_thinking' }

interface Begin {
  /** What the family's template writes for the model before a reply, by mode. */
  readonly prefill: { readonly on: string; readonly off: string }
  /** What opens a thought that has content; a tag and a line break in most families. */
  readonly opening?: string
  /** What stands between a thought and the answer. */
  readonly closing: string
  /** The control tokens among these. */
  readonly controls?: readonly string[]
  readonly mode: Conversation['reasoning']
}

/** How a reply begins: with what the template prefills, or with what was said of it already. */
export function beginReply(
  reply: Reply | undefined,
  { prefill, opening = `${think.open}\n`, closing, controls = [], mode }: Begin,
): Prompt {
  const { content = '', reasoning = '' } = reply ?? {}
  const written = (markers: string, said: string): Prompt => [
    ...controlsIn(markers, controls),
    text(said),
  ]
  if (reasoning)
    return [...written(opening, reasoning), ...(content ? written(closing, content) : [])]
  return content ? written(prefill.off, content) : written(prefill[mode], '')
}

/**
 * Whether the prompt ends with the opener that the template writes, rather than with a part of the
 * reply.
 */
export function startsNewThought({ messages, reasoning }: Conversation): boolean {
  const last = messages.at(-1)
  return (
    reasoning === 'on' &&
    !(last?.role === 'assistant' && last.continue && (last.content || last.reasoning))
  )
}
