import type { Message } from '@nano/core'
import type { Prompt } from './prompt.ts'
import { toSpacedJson } from './to-spaced-json.ts'

/** A reply in the history, or one to go on with. */
export type Reply = Extract<Message, { role: 'assistant' }>

/** What a call gave. */
export interface Result {
  /** Of the tool. */
  readonly name: string
  readonly output: unknown
}

interface Turns {
  user(content: string): Prompt
  /**
   * A reply that is over. `running`: no user has spoken since, so it is a step on the way to the
   * answer.
   */
  assistant(reply: Reply, running: boolean): Prompt
  /** Results of calls that follow each other; absent where the family has no tools. */
  results?(results: readonly Result[]): Prompt
  /** The assistant's turn at the end; with a reply when the model goes on with that. */
  begun(reply?: Reply): Prompt
}

/**
 * What is said, one message after another, and the assistant's turn at the end. System messages are
 * not among it.
 */
export function renderTurns(
  messages: readonly Message[],
  { user, assistant, results = () => [], begun }: Turns,
): Prompt {
  const prompt: Prompt[] = []
  const called: { readonly id: string; readonly name: string }[] = []
  const callOf = (id: string) => called.findLastIndex((call) => call.id === id)
  let answered: Extract<Message, { role: 'tool' }>[] = []
  const lastUser = messages.findLastIndex(({ role }) => role === 'user')
  const last = messages.at(-1)
  const continued = last?.role === 'assistant' && last.continue ? last : undefined

  for (const [index, message] of messages.entries()) {
    if (message === continued) break
    if (message.role === 'user') prompt.push(user(message.content))
    if (message.role === 'assistant') {
      called.push(...(message.toolCalls ?? []))
      prompt.push(assistant(message, index > lastUser))
    }
    if (message.role === 'tool') {
      answered.push(message)
      if (messages[index + 1]?.role === 'tool') continue
      // The formats have no ids: their order, that of the calls, links results to them.
      const ordered = [...answered].sort((a, b) => callOf(a.toolCallId) - callOf(b.toolCallId))
      prompt.push(
        results(
          ordered.map(({ toolCallId, output }) => ({
            name: called[callOf(toolCallId)]?.name ?? '',
            output,
          })),
        ),
      )
      answered = []
    }
  }
  return [...prompt, begun(continued)].flat()
}

/** A result as text: a string as it is, anything else as JSON. */
export function toResultText(output: unknown): string {
  return typeof output === 'string' ? output : toSpacedJson(output)
}
