import type { ChatFormat } from '../format/chat-format.ts'
import { control, type Prompt, text } from '../prompt/prompt.ts'
import { listedCallRule } from '../tool-calls/call-rules.ts'
import { listedToolCalls } from '../tool-calls/tool-call-splitters.ts'
import { splitSystem } from './system.ts'
import { beginReply, startsNewThought, think } from './thought.ts'
import { listedCalls, listedResults, listedTools } from '../tool-prompts/nvidia-tools.ts'
import { type Reply, renderTurns } from '../prompt/conversation.ts'

const closing = `\n${think.close}\n\n`
const begun: Prompt = [control('<SPECIAL_11>'), text('Assistant\n')]
const prefill = { on: `${think.open}\n`, off: think.open + think.close }

/**
 * NVIDIA Nemotron Nano 9B v2. Its template reads `/think` and `/no_think` in messages and takes
 * them out, so that only the opened or empty thought before the reply tells the model; here the
 * request alone decides, and messages stay as they are.
 * @see https://huggingface.co/nvidia/NVIDIA-Nemotron-Nano-9B-v2
 * Line breaks are those of the Japanese variant's card; the other template doubles some.
 * @see https://huggingface.co/nvidia/NVIDIA-Nemotron-Nano-9B-v2-Japanese
 * @see https://github.com/ggml-org/llama.cpp/blob/master/models/templates/NVIDIA-Nemotron-Nano-v2.jinja
 */
export const nemotronNano2: ChatFormat = {
  name: 'nemotron-nano-2',
  reasoning: {
    ...think,
    canTurnOff: true,
    default: 'on',
    switch: { by: 'system-line', on: '/think', off: '/no_think' },
    closingText: closing,
    promptOpensThought: startsNewThought,
  },
  // The model card: temperature 0.6 and top-p 0.95 with reasoning on, greedy with it off.
  advice: { on: { temperature: 0.6, topP: 0.95 }, off: { temperature: 0 } },
  splitToolCalls: listedToolCalls,
  callRule: listedCallRule,

  render({ messages, reasoning: mode, tools }) {
    const { system = '', rest } = splitSystem(messages)
    const instructions = [
      ...(system.trim() ? [system.trim()] : []),
      ...(tools.length > 0 ? [offer(listedTools(tools))] : []),
    ]
    return [
      control('<SPECIAL_10>'),
      text(`System\n${instructions.join('\n\n')}\n`),
      ...renderTurns(rest, {
        user: (content) => [control('<SPECIAL_11>'), text(`User\n${content.trim()}\n`)],
        assistant: (reply) => [
          ...begun,
          text(`${said({ ...reply, content: reply.content.trim() })}\n`),
          control('<SPECIAL_12>'),
          text('\n'),
        ],
        results: (results) => [control('<SPECIAL_11>'), text(`User\n${listedResults(results)}\n`)],
        begun: (reply) => [
          ...begun,
          ...beginReply(reply && { ...reply, content: said(reply) }, { prefill, closing, mode }),
        ],
      }),
    ]
  },
}

function said(reply: Reply): string {
  return [
    ...(reply.content ? [reply.content] : []),
    ...(reply.toolCalls?.length ? [listedCalls(reply)] : []),
  ].join('\n\n')
}

function offer(list: string): string {
  const calls =
    '<TOOLCALL>[{"name": "tool_name1", "arguments": "tool_args1"}, {"name": "tool_name2", "arguments": "tool_args2"}]</TOOLCALL>'
  const results = '<TOOL_RESPONSE>[{"tool_response1"}, {"tool_response2"}]</TOOL_RESPONSE>'
  return [
    `You can use the following tools to assist the user if required:\n${list}`,
    `If you decide to call any tool(s), use the following format:\n${calls}`,
    `The user will execute tool-calls and return responses from tool(s) in this format:\n${results}`,
    'Based on the tool responses, you can call additional tools if needed, correct tool calls if any errors are found, or just respond to the user.',
  ].join('\n\n')
}
