import type { ChatFormat } from '../format/chat-format.ts'
import {
  type AssistantMessage,
  llama3Message,
  llama3Start,
  openLlama3Message,
  renderMessages,
  renderReplyStart,
  splitSystemMessages,
  thinkTags,
} from '../prompt/conversation.ts'
import { nvidiaCalls } from '../tool-calls/family-calls.ts'
import {
  listNvidiaTools,
  renderNvidiaCalls,
  renderNvidiaResults,
} from '../tool-prompts/nvidia-tools.ts'

const switchLine = { on: 'detailed thinking on', off: 'detailed thinking off' }
const thoughtEnd = `\n${thinkTags.close}\n\n`

/**
 * NVIDIA Llama 3.1 Nemotron Nano, 4B v1.1 and 8B v1. A line of the system message switches
 * reasoning; the tags are plain text that the model writes itself. The user's system message
 * follows the switch, where the model's template would let it replace the switch.
 * @see https://huggingface.co/nvidia/Llama-3.1-Nemotron-Nano-4B-v1.1
 */
export const nemotron: ChatFormat = {
  name: 'nemotron',
  reasoning: {
    ...thinkTags,
    canTurnOff: true,
    switch: { by: 'system-line', ...switchLine },
    closingText: thoughtEnd,
  },
  // The model card: temperature 0.6 and top-p 0.95 with reasoning on, greedy with it off.
  advice: { on: { temperature: 0.6, topP: 0.95 }, off: { temperature: 0 } },
  ...nvidiaCalls,

  render({ messages, reasoning, tools }) {
    const { system, otherMessages } = splitSystemMessages(messages)
    const instructions = [
      switchLine[reasoning],
      ...(system === undefined ? [] : [system]),
      ...(tools.length > 0 ? [listNvidiaTools(tools)] : []),
    ]
    return [
      llama3Start,
      ...llama3Message('system', instructions.join('\n\n')),
      ...renderMessages(otherMessages, {
        user: (content) => llama3Message('user', content),
        // Past thoughts are left out; the thought of a reply to continue is part of it.
        assistant: (reply) => llama3Message('assistant', renderAnswer(reply)),
        toolResults: (results) => llama3Message('user', renderNvidiaResults(results)),
        openReply: (continued) => [
          ...openLlama3Message('assistant'),
          ...renderReplyStart(continued && { ...continued, content: renderAnswer(continued) }, {
            thoughtEnd,
            reasoning,
          }),
        ],
      }),
    ]
  },
}

function renderAnswer(reply: AssistantMessage): string {
  return reply.content + renderNvidiaCalls(reply)
}
