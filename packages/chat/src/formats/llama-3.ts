import type { ChatFormat } from '../format/chat-format.ts'
import {
  llama3Message,
  llama3Start,
  openLlama3Message,
  renderMessages,
  splitSystemMessages,
} from '../prompt/conversation.ts'

/**
 * Llama 3 instruction models and their descendants without a reasoning switch. They do not reason.
 * @see https://github.com/meta-llama/llama-models/blob/main/models/llama3/chat_format.py
 */
export const llama3: ChatFormat = {
  name: 'llama-3',
  // Meta's reference generation settings.
  advice: { on: {}, off: { temperature: 0.6, topP: 0.9 } },

  render({ messages }) {
    const { system, otherMessages } = splitSystemMessages(messages)
    return [
      llama3Start,
      ...(system === undefined ? [] : llama3Message('system', system.trim())),
      ...renderMessages(otherMessages, {
        user: (content) => llama3Message('user', content.trim()),
        assistant: ({ content }) => llama3Message('assistant', content.trim()),
        openReply: (continued) => [
          ...openLlama3Message('assistant'),
          { text: continued?.content ?? '' },
        ],
      }),
    ]
  },
}
