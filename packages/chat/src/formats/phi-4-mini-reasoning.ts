import type { ChatFormat } from '../format/chat-format.ts'
import {
  renderMessages,
  renderReplyStart,
  splitSystemMessages,
  thinkTags,
} from '../prompt/conversation.ts'
import type { Prompt } from '../prompt/prompt.ts'

const thoughtEnd = `\n${thinkTags.close}\n\n`

/**
 * Microsoft Phi-4-mini-reasoning, which always reasons and writes the tags itself. The system
 * message says who the model is; the user's system message follows.
 * @see https://huggingface.co/microsoft/Phi-4-mini-reasoning
 */
export const phi4MiniReasoning: ChatFormat = {
  name: 'phi-4-mini-reasoning',
  reasoning: { ...thinkTags, canTurnOff: false, closingText: thoughtEnd },
  // The settings of the model card's example.
  advice: { on: { temperature: 0.8, topP: 0.95 }, off: {} },

  render({ messages, reasoning }) {
    const { system, otherMessages } = splitSystemMessages(messages)
    const identity = 'Your name is Phi, an AI math expert developed by Microsoft.'
    return [
      ...message('system', system === undefined ? identity : `${identity} ${system}`),
      ...renderMessages(otherMessages, {
        user: (content) => message('user', content),
        assistant: ({ content }) => message('assistant', content),
        openReply: (continued) => [
          { control: '<|assistant|>' },
          ...renderReplyStart(continued, { thoughtEnd, reasoning }),
        ],
      }),
    ]
  },
}

function message(role: 'system' | 'user' | 'assistant', content: string): Prompt {
  return [{ control: `<|${role}|>` }, { text: content }, { control: '<|end|>' }]
}
