import type { ChatFormat } from '../format/chat-format.ts'
import { hermesCallRule } from '../tool-calls/call-rules.ts'
import { hermesToolCalls } from '../tool-calls/tool-call-splitters.ts'
import { imBegun, imTurn } from './chatml-turn.ts'
import { splitSystem } from './system.ts'
import { beginReply, enableThinking, think } from './thought.ts'
import { hermesReply, hermesResults, hermesTools } from '../tool-prompts/hermes-tools.ts'
import { renderTurns } from '../prompt/conversation.ts'

const closing = `\n${think.close}\n`
/** With reasoning off every reply begins with an empty thought, those of the history too. */
const prefill = { on: '', off: `${think.open}\n\n${think.close}\n` }

/**
 * SmolLM3. The system message names the mode. Left out of it: the date, which would make prompts
 * differ from day to day, and the persona that stands in for an own system text. Calls are kept in
 * the history, where the model's template drops them.
 * @see https://huggingface.co/HuggingFaceTB/SmolLM3-3B
 * @see https://github.com/ggml-org/llama.cpp/blob/master/models/templates/HuggingFaceTB-SmolLM3-3B.jinja
 */
export const smollm3: ChatFormat = {
  name: 'smollm-3',
  reasoning: {
    ...think,
    canTurnOff: true,
    default: 'on',
    switch: enableThinking,
    closingText: closing,
  },
  // The model card, which does not tell the modes apart.
  advice: { on: { temperature: 0.6, topP: 0.95 }, off: { temperature: 0.6, topP: 0.95 } },
  splitToolCalls: hermesToolCalls,
  callRule: hermesCallRule,

  render({ messages, reasoning: mode, tools }) {
    const { system, rest } = splitSystem(messages)
    const metadata = `## Metadata\n\nKnowledge Cutoff Date: June 2025\nReasoning Mode: ${mode === 'on' ? '/think' : '/no_think'}`
    const offer = `### Tools\n\nYou may call one or more functions to assist with the user query.\n${hermesTools(tools, '\n\n')}`
    const instructions = [
      metadata,
      '## Custom Instructions',
      ...(system === undefined ? [] : [system]),
      ...(tools.length > 0 ? [offer] : []),
    ]
    return [
      ...imTurn('system', `${instructions.join('\n\n')}\n\n`),
      ...renderTurns(rest, {
        user: (content) => imTurn('user', content),
        assistant: (reply) => imTurn('assistant', prefill[mode] + hermesReply(reply)),
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
