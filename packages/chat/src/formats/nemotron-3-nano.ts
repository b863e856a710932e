import type { ChatFormat } from '../format/chat-format.ts'
import { control, text } from '../prompt/prompt.ts'
import { imBegun, imTurn } from './chatml-turn.ts'
import { functionCallRule } from '../tool-calls/call-rules.ts'
import { functionToolCalls } from '../tool-calls/tool-call-splitters.ts'
import { functionCalls, functionTools } from '../tool-prompts/xml-tools.ts'
import { splitSystem } from './system.ts'
import { beginReply, enableThinking, startsNewThought, think } from './thought.ts'
import { renderTurns, type Reply, toResultText } from '../prompt/conversation.ts'

const closing = `\n${think.close}\n`
const prefill = { on: `${think.open}\n`, off: think.open + think.close }
const controls = [think.open, think.close]

/**
 * NVIDIA Nemotron 3 Nano, whose tags are control tokens. Every reply begins with a thought: opened
 * by the prompt, or empty, as in the history, but for the thoughts on the way to the answer that is
 * asked for.
 * @see https://huggingface.co/nvidia/NVIDIA-Nemotron-3-Nano-4B-BF16
 * @see https://github.com/ggml-org/llama.cpp/blob/master/models/templates/NVIDIA-Nemotron-3-Nano-30B-A3B-BF16.jinja
 */
export const nemotron3Nano: ChatFormat = {
  name: 'nemotron-3-nano',
  reasoning: {
    ...think,
    controlTokens: controls,
    canTurnOff: true,
    default: 'on',
    switch: enableThinking,
    closingText: closing,
    promptOpensThought: startsNewThought,
  },
  advice: { on: {}, off: {} },
  splitToolCalls: functionToolCalls,
  callRule: functionCallRule,

  render({ messages, reasoning: mode, tools }) {
    const { system = '', rest } = splitSystem(messages)
    return [
      ...imTurn(
        'system',
        [...(system ? [system] : []), ...(tools.length > 0 ? [functionTools(tools)] : [])].join(
          '\n\n',
        ),
      ),
      ...renderTurns(rest, {
        user: (content) => imTurn('user', content),
        assistant: (reply, running) => [
          ...imBegun('assistant'),
          ...beginReply(
            { ...reply, content: said(reply, running), reasoning: running ? reply.reasoning : '' },
            { prefill, closing, controls, mode: 'off' },
          ),
          control('<|im_end|>'),
          text('\n'),
        ],
        results: (results) =>
          imTurn(
            'user',
            results
              .map(({ output }) => `<tool_response>\n${toResultText(output)}\n</tool_response>\n`)
              .join(''),
          ),
        begun: (reply) => [
          ...imBegun('assistant'),
          ...beginReply(reply && { ...reply, content: reply.content + functionCalls(reply) }, {
            prefill,
            closing,
            controls,
            mode,
          }),
        ],
      }),
    ]
  },
}

function said(reply: Reply, running: boolean): string {
  const content = reply.content.trim()
  if (reply.toolCalls?.length) return `${content}\n${functionCalls(reply)}`
  // Where a thought was left out, the template leaves the line break after it.
  return !running && reply.reasoning && content ? `\n${content}` : content
}
