import type { ChatFormat } from '../format/chat-format.ts'
import { text } from '../prompt/prompt.ts'
import { beginOfText, header, turn } from './header.ts'
import { splitSystem } from './system.ts'
import { renderTurns } from '../prompt/conversation.ts'

/**
 * Llama 3 instruction models and what was tuned from them without a switch of its own. They do not
 * reason.
 * @see https://github.com/meta-llama/llama-models/blob/main/models/llama3/chat_format.py
 */
export const llama3: ChatFormat = {
  name: 'llama-3',
  // Meta's reference generation settings.
  advice: { on: {}, off: { temperature: 0.6, topP: 0.9 } },
  render({ messages }) {
    const { system, rest } = splitSystem(messages)
    return [
      beginOfText,
      ...(system === undefined ? [] : turn('system', system.trim())),
      ...renderTurns(rest, {
        user: (content) => turn('user', content.trim()),
        assistant: ({ content }) => turn('assistant', content.trim()),
        begun: (reply) => [...header('assistant'), text(reply?.content ?? '')],
      }),
    ]
  },
}
