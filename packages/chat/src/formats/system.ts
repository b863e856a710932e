import type { Message } from '@nano/core'

/** The system messages, joined by a blank line, and the rest; they all stand at the start. */
export function splitSystem(messages: readonly Message[]): {
  readonly system: string | undefined
  readonly rest: readonly Message[]
} {
  const system = messages
    .filter((message) => message.role === 'system')
    .map(({ content }) => content)
  return {
    system: system.length > 0 ? system.join('\n\n') : undefined,
    rest: messages.slice(system.length),
  }
}
