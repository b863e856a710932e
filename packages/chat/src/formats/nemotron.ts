import type { ChatFormat } from '../format/chat-format.ts'
import { listedCallRule } from '../tool-calls/call-rules.ts'
import { listedToolCalls } from '../tool-calls/tool-call-splitters.ts'
import { beginOfText, header, turn } from './header.ts'
import { splitSystem } from './system.ts'
import { beginReply, think } from './thought.ts'
import { listedCalls, listedResults, listedTools } from '../tool-prompts/nvidia-tools.ts'
import { type Reply, renderTurns } from '../prompt/conversation.ts'

const line = { on: 'detailed thinking on', off: 'detailed thinking off' }
const closing = `\n${think.close}\n\n`

/**
 * NVIDIA Llama 3.1 Nemotron Nano, 4B v1.1 and 8B v1. A line of the system message switches
 * reasoning; the tags are plain text that the model writes itself. An own system text follows the
 * switch, where the model's template would let it replace the switch.
 * @see https://huggingface.co/nvidia/Llama-3.1-Nemotron-Nano-4B-v1.1
 */
export const nemotron: ChatFormat = {
  name: 'nemotron',
  reasoning: {
    ...think,
    canTurnOff: true,
    default: 'off',
    switch: { by: 'system-line', ...line },
    closingText: closing,
  },
  // The model card: temperature 0.6 and top-p 0.95 with reasoning on, greedy with it off.
  advice: { on: { temperature: 0.6, topP: 0.95 }, off: { temperature: 0 } },
  splitToolCalls: listedToolCalls,
  callRule: listedCallRule,

  render({ messages, reasoning: mode, tools }) {
    const { system, rest } = splitSystem(messages)
    const instructions = [
      line[mode],
      ...(system === undefined ? [] : [system]),
      ...(tools.length > 0 ? [listedTools(tools)] : []),
    ]
    return [
      beginOfText,
      ...turn('system', instructions.join('\n\n')),
      ...renderTurns(rest, {
        user: (content) => turn('user', content),
        // Past thoughts are left out of the history; the one of a reply that goes on is part of it.
        assistant: (reply) => turn('assistant', said(reply)),
        results: (results) => turn('user', listedResults(results)),
        begun: (reply) => [
          ...header('assistant'),
          ...beginReply(reply && { ...reply, content: said(reply) }, {
            prefill: { on: '', off: '' },
            closing,
            mode,
          }),
        ],
      }),
    ]
  },
}

function said(reply: Reply): string {
  return reply.content + listedCalls(reply)
}
