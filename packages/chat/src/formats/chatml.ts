import type { ChatFormat } from '../format/chat-format.ts'
import {
  chatmlMessage,
  openChatmlMessage,
  renderMessages,
  splitSystemMessages,
} from '../prompt/conversation.ts'

/**
 * ChatML, for models that use it without a reasoning switch.
 * @see https://github.com/openai/openai-python/blob/v0.28.1/chatml.md
 */
export const chatml: ChatFormat = {
  name: 'chatml',
  advice: { on: {}, off: {} },

  render({ messages }) {
    const { system, otherMessages } = splitSystemMessages(messages)
    return [
      ...(system === undefined ? [] : chatmlMessage('system', system)),
      ...renderMessages(otherMessages, {
        user: (content) => chatmlMessage('user', content),
        assistant: ({ content }) => chatmlMessage('assistant', content),
        openReply: (continued) => openChatmlMessage('assistant', continued?.content),
      }),
    ]
  },
}
