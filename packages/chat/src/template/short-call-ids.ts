import type { Message } from '@nano/core'

const idLength = 9

/** The messages with ids of nine letters and digits, as Mistral's templates demand. */
export function shortenIds(messages: readonly Message[]): readonly Message[] {
  return messages.map((message) => {
    if (message.role === 'tool') return { ...message, toolCallId: shortenId(message.toolCallId) }
    if (message.role !== 'assistant' || !message.toolCalls) return message
    return {
      ...message,
      toolCalls: message.toolCalls.map((call) => ({ ...call, id: shortenId(call.id) })),
    }
  })
}

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
