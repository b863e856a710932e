import { splitReasoning } from '@nano/core/driver'
import { type ChatFormat, continuesThought } from '../format/chat-format.ts'
import { control, type Prompt, text } from '../prompt/prompt.ts'
import { splitSystem } from './system.ts'
import { beginReply, think } from './thought.ts'
import { type Reply, renderTurns } from '../prompt/conversation.ts'
import { unwrapAnswer } from '../reply/unwrap-answer.ts'

const wrapper = { open: '<response>', close: '</response>' }
const closing = `${think.close}\n${wrapper.open}`

/**
 * IBM Granite 3.3. Reasoning is switched by a sentence of the system message, which names the tags
 * around thought and answer; those around the answer are dropped. An own system text comes before
 * the sentence, where the model's template would drop it. Left out of the system message: the date,
 * which would make prompts differ from day to day.
 * @see https://github.com/ggml-org/llama.cpp/blob/master/models/templates/ibm-granite-granite-3.3-2B-Instruct.jinja
 */
export const granite33: ChatFormat = {
  name: 'granite-3.3',
  reasoning: {
    ...think,
    canTurnOff: true,
    default: 'off',
    switch: { by: 'template-argument', name: 'thinking' },
    closingText: closing,
    splitReply: (asked) =>
      unwrapAnswer(splitReasoning({ ...think, startsOpen: continuesThought(asked) && 'begun' }), {
        ...wrapper,
        begun: goesOnAnswering(asked.messages.at(-1)),
      }),
  },
  advice: { on: {}, off: {} },

  render({ messages, reasoning: mode }) {
    const { system = 'You are Granite, developed by IBM. You are a helpful AI assistant.', rest } =
      splitSystem(messages)
    const ask =
      'Write your thoughts between <think></think> and write your response between <response></response> for each user query.'
    return [
      ...turn('system', mode === 'on' ? `${system}\n${ask}` : system),
      ...renderTurns(rest, {
        user: (content) => turn('user', content),
        assistant: ({ content }) => turn('assistant', content),
        begun: (reply) => [
          ...header('assistant'),
          ...beginReply(reply, {
            prefill: { on: '', off: '' },
            opening: think.open,
            closing,
            mode,
          }),
        ],
      }),
    ]
  },
}

/** Whether the prompt of a reply that goes on has written the tag before the answer. */
function goesOnAnswering(last: { readonly role: string } | undefined): boolean {
  const {
    content,
    reasoning,
    continue: continued,
  } = (last?.role === 'assistant' ? last : {}) as Partial<Reply>
  return Boolean(continued && content && reasoning)
}

function header(role: string): Prompt {
  return [control('<|start_of_role|>'), text(role), control('<|end_of_role|>')]
}

function turn(role: string, content: string): Prompt {
  return [...header(role), text(content), control('<|end_of_text|>'), text('\n')]
}
