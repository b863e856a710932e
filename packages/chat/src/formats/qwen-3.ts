import type { ChatFormat } from '../format/chat-format.ts'
import { hermesCallRule } from '../tool-calls/call-rules.ts'
import { hermesToolCalls } from '../tool-calls/tool-call-splitters.ts'
import { imBegun, imTurn } from './chatml-turn.ts'
import { splitSystem } from './system.ts'
import { beginReply, enableThinking, think } from './thought.ts'
import { hermesReply, hermesResults, hermesTools } from '../tool-prompts/hermes-tools.ts'
import { renderTurns } from '../prompt/conversation.ts'

const closing = `\n${think.close}\n\n`
/** With reasoning off the prompt writes an empty thought for the model. */
const prefill = { on: '', off: `${think.open}\n\n${think.close}\n\n` }

/**
 * Qwen3 of April 2025, which thinks or not; the later Thinking and Instruct models do only one of
 * them. Thoughts are left out of the history, but for those on the way to the answer that is asked
 * for.
 * @see https://huggingface.co/Qwen/Qwen3-0.6B
 * @see https://github.com/ggml-org/llama.cpp/blob/master/models/templates/Qwen-Qwen3-0.6B.jinja
 */
export const qwen3: ChatFormat = {
  name: 'qwen-3',
  reasoning: {
    ...think,
    canTurnOff: true,
    default: 'on',
    switch: enableThinking,
    closingText: closing,
  },
  // The model card, for each mode; greedy decoding makes it repeat itself.
  advice: {
    on: { temperature: 0.6, topP: 0.95, topK: 20, minP: 0 },
    off: { temperature: 0.7, topP: 0.8, topK: 20, minP: 0 },
  },
  splitToolCalls: hermesToolCalls,
  callRule: hermesCallRule,

  render({ messages, reasoning: mode, tools }) {
    const { system, rest } = splitSystem(messages)
    const offer = `# Tools\n\nYou may call one or more functions to assist with the user query.\n\n${hermesTools(tools, '\n')}`
    const instructions = [
      ...(system === undefined ? [] : [system]),
      ...(tools.length > 0 ? [offer] : []),
    ]
    return [
      ...(instructions.length > 0 ? imTurn('system', instructions.join('\n\n')) : []),
      ...renderTurns(rest, {
        user: (content) => imTurn('user', content),
        assistant: (reply, running) =>
          imTurn(
            'assistant',
            (running && reply.reasoning ? `${think.open}\n${reply.reasoning}${closing}` : '') +
              hermesReply(reply),
          ),
        results: hermesResults,
        begun: (reply) => [
          ...imBegun('assistant'),
          ...beginReply(reply && { ...reply, content: hermesReply(reply) }, {
            prefill,
            closing,
            mode,
          }),
        ],
      }),
    ]
  },
}
