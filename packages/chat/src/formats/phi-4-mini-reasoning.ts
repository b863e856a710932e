import type { ChatFormat } from '../format/chat-format.ts'
import { control, type Prompt, text } from '../prompt/prompt.ts'
import { splitSystem } from './system.ts'
import { beginReply, think } from './thought.ts'
import { renderTurns } from '../prompt/conversation.ts'

const closing = `\n${think.close}\n\n`

/**
 * Microsoft Phi-4-mini-reasoning, which always thinks and writes the tags itself.
 * Its system message says who it is; an own system text follows.
 * @see https://huggingface.co/microsoft/Phi-4-mini-reasoning
 */
export const phi4MiniReasoning: ChatFormat = {
  name: 'phi-4-mini-reasoning',
  reasoning: { ...think, canTurnOff: false, default: 'on', closingText: closing },
  // The settings of the model card's example.
  advice: { on: { temperature: 0.8, topP: 0.95 }, off: {} },

  render({ messages, reasoning: mode }) {
    const { system, rest } = splitSystem(messages)
    const identity = 'Your name is Phi, an AI math expert developed by Microsoft.'
    return [
      ...turn('system', system === undefined ? identity : `${identity} ${system}`),
      ...renderTurns(rest, {
        user: (content) => turn('user', content),
        assistant: ({ content }) => turn('assistant', content),
        begun: (reply) => [
          control('<|assistant|>'),
          ...beginReply(reply, { prefill: { on: '', off: '' }, closing, mode }),
        ],
      }),
    ]
  },
}

function turn(role: 'system' | 'user' | 'assistant', content: string): Prompt {
  return [control(`<|${role}|>`), text(content), control('<|end|>')]
}
