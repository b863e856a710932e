import type { ChatFormat } from '../format/chat-format.ts'
import {
  type AssistantMessage,
  renderMessages,
  renderReplyStart,
  splitSystemMessages,
  startsNewThought,
  thinkTags,
} from '../prompt/conversation.ts'
import type { Prompt } from '../prompt/prompt.ts'
import { nvidiaCalls } from '../tool-calls/family-calls.ts'
import {
  listNvidiaTools,
  renderNvidiaCalls,
  renderNvidiaResults,
} from '../tool-prompts/nvidia-tools.ts'

const thoughtEnd = `\n${thinkTags.close}\n\n`
const replyHeader: Prompt = [{ control: '<SPECIAL_11>' }, { text: 'Assistant\n' }]
const prefill = { on: `${thinkTags.open}\n`, off: thinkTags.open + thinkTags.close }

/**
 * NVIDIA Nemotron Nano 9B v2. Its template reads `/think` and `/no_think` in messages and removes
 * them, so that the model only sees the opened or the empty thought before the reply. Here the
 * request alone decides, and messages stay as they are.
 * @see https://huggingface.co/nvidia/NVIDIA-Nemotron-Nano-9B-v2
 * Line breaks follow the card of the Japanese variant; the other template doubles some.
 * @see https://huggingface.co/nvidia/NVIDIA-Nemotron-Nano-9B-v2-Japanese
 * @see https://github.com/ggml-org/llama.cpp/blob/master/models/templates/NVIDIA-Nemotron-Nano-v2.jinja
 */
export const nemotronNano2: ChatFormat = {
  name: 'nemotron-nano-2',
  reasoning: {
    ...thinkTags,
    canTurnOff: true,
    switch: { by: 'system-line', on: '/think', off: '/no_think' },
    closingText: thoughtEnd,
    promptOpensThought: startsNewThought,
  },
  // The model card: temperature 0.6 and top-p 0.95 with reasoning on, greedy with it off.
  advice: { on: { temperature: 0.6, topP: 0.95 }, off: { temperature: 0 } },
  ...nvidiaCalls,

  render({ messages, reasoning, tools }) {
    const { system = '', otherMessages } = splitSystemMessages(messages)
    const instructions = [
      ...(system.trim() ? [system.trim()] : []),
      ...(tools.length > 0 ? [describeTools(listNvidiaTools(tools))] : []),
    ]
    return [
      { control: '<SPECIAL_10>' },
      { text: `System\n${instructions.join('\n\n')}\n` },
      ...renderMessages(otherMessages, {
        user: (content) => userMessage(content.trim()),
        assistant: (reply) => [
          ...replyHeader,
          { text: `${renderAnswer({ ...reply, content: reply.content.trim() })}\n` },
          { control: '<SPECIAL_12>' },
          { text: '\n' },
        ],
        toolResults: (results) => userMessage(renderNvidiaResults(results)),
        openReply: (continued) => [
          ...replyHeader,
          ...renderReplyStart(continued && { ...continued, content: renderAnswer(continued) }, {
            prefill,
            thoughtEnd,
            reasoning,
          }),
        ],
      }),
    ]
  },
}

function userMessage(content: string): Prompt {
  return [{ control: '<SPECIAL_11>' }, { text: `User\n${content}\n` }]
}

function renderAnswer(reply: AssistantMessage): string {
  return [
    ...(reply.content ? [reply.content] : []),
    ...(reply.toolCalls?.length ? [renderNvidiaCalls(reply)] : []),
  ].join('\n\n')
}

function describeTools(list: string): string {
  const calls =
    '<TOOLCALL>[{"name": "tool_name1", "arguments": "tool_args1"}, ' +
    '{"name": "tool_name2", "arguments": "tool_args2"}]</TOOLCALL>'
  const results = '<TOOL_RESPONSE>[{"tool_response1"}, {"tool_response2"}]</TOOL_RESPONSE>'
  return [
    `You can use the following tools to assist the user if required:\n${list}`,
    `If you decide to call any tool(s), use the following format:\n${calls}`,
    'The user will execute tool-calls and return responses from tool(s) in this format:\n' +
      results,
    'Based on the tool responses, you can call additional tools if needed, correct tool calls ' +
      'if any errors are found, or just respond to the user.',
  ].join('\n\n')
}
