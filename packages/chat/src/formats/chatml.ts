import type { ChatFormat } from '../format/chat-format.ts'
import { imBegun, imTurn } from './chatml-turn.ts'
import { splitSystem } from './system.ts'
import { renderTurns } from '../prompt/conversation.ts'

/**
 * ChatML, for models that use it without a reasoning switch.
 * @see https://github.com/openai/openai-python/blob/v0.28.1/chatml.md
 */
export const chatml: ChatFormat = {
  name: 'chatml',
  advice: { on: {}, off: {} },
  render({ messages }) {
    const { system, rest } = splitSystem(messages)
    return [
      ...(system === undefined ? [] : imTurn('system', system)),
      ...renderTurns(rest, {
        user: (content) => imTurn('user', content),
        assistant: ({ content }) => imTurn('assistant', content),
        begun: (reply) => imBegun('assistant', reply?.content),
      }),
    ]
  },
}
