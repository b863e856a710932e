import type { ChatFormat } from '../format/chat-format.ts'
import {
  renderMessages,
  renderReplyStart,
  splitSystemMessages,
  thinkTags,
} from '../prompt/conversation.ts'
import type { Prompt } from '../prompt/prompt.ts'

const answerTags = { open: '<response>', close: '</response>' }
const thoughtEnd = `${thinkTags.close}\n${answerTags.open}`

/**
 * IBM Granite 3.3. A sentence of the system message switches reasoning, and names the tags around
 * the thought and the answer; the tags around the answer are dropped. The user's system message
 * comes before the sentence, where the model's template would drop it. The system message leaves
 * out the date, which would make prompts differ from day to day.
 * @see https://github.com/ggml-org/llama.cpp/blob/master/models/templates/ibm-granite-granite-3.3-2B-Instruct.jinja
 */
export const granite33: ChatFormat = {
  name: 'granite-3.3',
  reasoning: {
    ...thinkTags,
    canTurnOff: true,
    switch: { by: 'template-argument', name: 'thinking', templateDefault: 'off' },
    closingText: thoughtEnd,
    answer: answerTags,
  },
  advice: { on: {}, off: {} },

  render({ messages, reasoning }) {
    const { system = defaultSystem, otherMessages } = splitSystemMessages(messages)
    return [
      ...message('system', reasoning === 'on' ? `${system}\n${switchSentence}` : system),
      ...renderMessages(otherMessages, {
        user: (content) => message('user', content),
        assistant: ({ content }) => message('assistant', content),
        openReply: (continued) => [
          ...openMessage('assistant'),
          ...renderReplyStart(continued, {
            thoughtStart: thinkTags.open,
            thoughtEnd,
            reasoning,
          }),
        ],
      }),
    ]
  },
}

const defaultSystem = 'You are Granite, developed by IBM. You are a helpful AI assistant.'
const switchSentence =
  'Write your thoughts between <think></think> and write your response between ' +
  '<response></response> for each user query.'

function openMessage(role: string): Prompt {
  return [{ control: '<|start_of_role|>' }, { text: role }, { control: '<|end_of_role|>' }]
}

function message(role: string, content: string): Prompt {
  return [...openMessage(role), { text: content }, { control: '<|end_of_text|>' }, { text: '\n' }]
}
