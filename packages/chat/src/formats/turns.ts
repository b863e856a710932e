import type { Message } from '@nano/core'
import type { Prompt } from '../prompt.ts'

interface Turns {
  whole(role: string, content: string): Prompt
  /** A message that the model goes on with. */
  begun(role: string, content: string): Prompt
}

/** User and assistant messages one after another, and the assistant's turn at the end, for families without tools and thoughts. */
export function plainTurns(messages: readonly Message[], { whole, begun }: Turns): Prompt {
  const said = messages.flatMap((message) => (message.role === 'user' || message.role === 'assistant' ? [message] : []))
  const last = said.at(-1)
  const continued = last?.role === 'assistant' && last.continue ? last : undefined
  const past = continued ? said.slice(0, -1) : said
  return [...past.flatMap(({ role, content }) => whole(role, content)), ...begun('assistant', continued?.content ?? '')]
}
