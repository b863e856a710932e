import type { Message } from '@nano/core'
import type { ChatFormat } from '../format/chat-format.ts'
import {
  renderMessages,
  renderReplyStart,
  splitSystemMessages,
  startsNewThought,
  thinkTags,
} from '../prompt/conversation.ts'

const thoughtEnd = `\n${thinkTags.close}\n\n`
/** An answer to continue that has no thought stands after an empty one. */
const prefill = { on: `${thinkTags.open}\n`, off: `${thinkTags.open}\n${thoughtEnd}` }
const userHeader = { control: '<｜User｜>' }
const assistantHeader = { control: '<｜Assistant｜>' }

/**
 * DeepSeek-R1-Distill, on Qwen and on Llama. It always reasons, and the prompt opens the thought,
 * because the model may leave it out. Its authors advise against system messages, so their text
 * stands at the start of the first user message.
 * @see https://github.com/deepseek-ai/DeepSeek-R1#usage-recommendations
 * @see https://github.com/ggml-org/llama.cpp/blob/master/models/templates/deepseek-ai-DeepSeek-R1-Distill-Qwen-32B.jinja
 */
export const deepseekR1Distill: ChatFormat = {
  name: 'deepseek-r1-distill',
  reasoning: {
    ...thinkTags,
    canTurnOff: false,
    closingText: thoughtEnd,
    promptOpensThought: startsNewThought,
  },
  // The README: 0.5 to 0.7, of which it recommends 0.6, and top-p 0.95.
  advice: { on: { temperature: 0.6, topP: 0.95 }, off: {} },

  render({ messages, reasoning }) {
    return [
      { control: '<｜begin▁of▁sentence｜>' },
      ...renderMessages(moveSystemToUser(messages), {
        user: (content) => [userHeader, { text: content }],
        assistant: ({ content }) => [
          assistantHeader,
          { text: content },
          { control: '<｜end▁of▁sentence｜>' },
        ],
        openReply: (continued) => [
          assistantHeader,
          ...renderReplyStart(continued, { prefill, thoughtEnd, reasoning }),
        ],
      }),
    ]
  },
}

function moveSystemToUser(messages: readonly Message[]): readonly Message[] {
  const { system, otherMessages } = splitSystemMessages(messages)
  if (system === undefined) return otherMessages
  const [first, ...later] = otherMessages
  return first?.role === 'user'
    ? [{ ...first, content: `${system}\n\n${first.content}` }, ...later]
    : [{ role: 'user', content: system }, ...otherMessages]
}
