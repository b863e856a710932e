import type { Message } from '@nano/core'
import { isGeneratedId } from '../tool-calls/call-ids.ts'

const idLength = 9

/**
 * The ids of calls that a template accepts. `short`: nine letters and digits, as Mistral's.
 * `named`: the name of the tool and the number of the call in the conversation, as Kimi's, whose
 * template writes no name besides.
 */
export type CallIdForm = 'short' | 'named'

/** The messages with ids in this form; an id that has it stays. */
export function withIdForm(messages: readonly Message[], form: CallIdForm): readonly Message[] {
  const ids = new Map<string, string>()
  let count = 0
  return messages.map((message) => {
    if (message.role === 'tool')
      return { ...message, toolCallId: ids.get(message.toolCallId) ?? message.toolCallId }
    if (message.role !== 'assistant' || !message.toolCalls) return message
    const toolCalls = message.toolCalls.map((call) => {
      const id = form === 'short' ? shortenId(call.id) : nameId(call, count++)
      ids.set(call.id, id)
      return { ...call, id }
    })
    return { ...message, toolCalls }
  })
}

/** An id that nano generated is replaced; any other is the caller's, or the model's own. */
function nameId({ id, name }: ToolCall, index: number): string {
  return isGeneratedId(id) ? `functions.${name}:${index}` : id
}

type ToolCall = NonNullable<Extract<Message, { role: 'assistant' }>['toolCalls']>[number]

/** The same id for the same text, and different ones for two texts, but for a rare chance. */
function shortenId(id: string): string {
  if (/^[A-Za-z\d]{9}$/.test(id)) return id
  let [high, low] = [0xdeadbeef, 0x41c6ce57]
  for (const character of id) {
    const code = character.codePointAt(0) ?? 0
    high = Math.imul(high ^ code, 2_654_435_761)
    low = Math.imul(low ^ code, 1_597_334_677)
  }
  const digits = (high >>> 0).toString(36) + (low >>> 0).toString(36)
  return digits.padStart(idLength, '0').slice(-idLength)
}
