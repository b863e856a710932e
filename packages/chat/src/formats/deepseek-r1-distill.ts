import type { Message } from '@nano/core'
import type { ChatFormat } from '../format/chat-format.ts'
import { control, text } from '../prompt/prompt.ts'
import { splitSystem } from './system.ts'
import { beginReply, startsNewThought, think } from './thought.ts'
import { renderTurns } from '../prompt/conversation.ts'

const closing = `\n${think.close}\n\n`
/** An answer that goes on without a thought stands after an empty one. */
const prefill = { on: `${think.open}\n`, off: `${think.open}\n${closing}` }
const user = control('<｜User｜>')
const assistant = control('<｜Assistant｜>')

/**
 * DeepSeek-R1-Distill, on Qwen and on Llama. It always thinks: the prompt opens the thought, or the
 * model may leave it out. Its makers advise against system messages, so their text stands at the
 * start of the first question.
 * @see https://github.com/deepseek-ai/DeepSeek-R1#usage-recommendations
 * @see https://github.com/ggml-org/llama.cpp/blob/master/models/templates/deepseek-ai-DeepSeek-R1-Distill-Qwen-32B.jinja
 */
export const deepseekR1Distill: ChatFormat = {
  name: 'deepseek-r1-distill',
  reasoning: {
    ...think,
    canTurnOff: false,
    default: 'on',
    closingText: closing,
    promptOpensThought: startsNewThought,
  },
  // The README: 0.5 to 0.7, of which it recommends 0.6, and top-p 0.95.
  advice: { on: { temperature: 0.6, topP: 0.95 }, off: {} },

  render({ messages, reasoning: mode }) {
    return [
      control('<｜begin▁of▁sentence｜>'),
      ...renderTurns(withoutSystem(messages), {
        user: (content) => [user, text(content)],
        assistant: ({ content }) => [assistant, text(content), control('<｜end▁of▁sentence｜>')],
        begun: (reply) => [assistant, ...beginReply(reply, { prefill, closing, mode })],
      }),
    ]
  },
}

function withoutSystem(messages: readonly Message[]): readonly Message[] {
  const { system, rest } = splitSystem(messages)
  if (system === undefined) return rest
  const [first, ...others] = rest
  return first?.role === 'user'
    ? [{ ...first, content: `${system}\n\n${first.content}` }, ...others]
    : [{ role: 'user', content: system }, ...rest]
}
