import { type ChatFormat, enableThinking } from '../format/chat-format.ts'
import {
  type AssistantMessage,
  chatmlMessage,
  openChatmlMessage,
  renderMessages,
  renderReplyStart,
  splitSystemMessages,
  startsNewThought,
  thinkTags,
} from '../prompt/conversation.ts'
import { toResultText } from '../prompt/to-spaced-json.ts'
import { xmlFunctionCalls } from '../tool-calls/family-calls.ts'
import { describeXmlTools, renderXmlCalls } from '../tool-prompts/xml-tools.ts'

const thoughtEnd = `\n${thinkTags.close}\n`
const prefill = { on: `${thinkTags.open}\n`, off: thinkTags.open + thinkTags.close }
const controlTokens = [thinkTags.open, thinkTags.close]

/**
 * NVIDIA Nemotron 3 Nano, whose tags are control tokens. Every reply starts with a thought, which
 * the prompt opens or writes as an empty one. In the history thoughts are empty too, except in the
 * steps toward the answer that the request asks for.
 * @see https://huggingface.co/nvidia/NVIDIA-Nemotron-3-Nano-4B-BF16
 * @see https://github.com/ggml-org/llama.cpp/blob/master/models/templates/NVIDIA-Nemotron-3-Nano-30B-A3B-BF16.jinja
 */
export const nemotron3Nano: ChatFormat = {
  name: 'nemotron-3-nano',
  controlTokens,
  reasoning: {
    ...thinkTags,
    canTurnOff: true,
    switch: enableThinking,
    closingText: thoughtEnd,
    promptOpensThought: startsNewThought,
  },
  // The model card of the 30B model. For a reply that calls tools it advises temperature 0.6 and
  // top-p 0.95, which is not known before the reply.
  advice: { on: { temperature: 1, topP: 1 }, off: {} },
  ...xmlFunctionCalls,

  render({ messages, reasoning, tools }) {
    const { system, otherMessages } = splitSystemMessages(messages)
    const instructions = [
      ...(system ? [system] : []),
      ...(tools.length > 0 ? [describeXmlTools(tools)] : []),
    ]
    return [
      ...chatmlMessage('system', instructions.join('\n\n')),
      ...renderMessages(otherMessages, {
        user: (content) => chatmlMessage('user', content),
        assistant: (reply, kind) => [
          ...openChatmlMessage('assistant'),
          ...renderReplyStart(
            {
              content: renderAnswer(reply, kind),
              reasoning: kind === 'step' ? reply.reasoning : '',
            },
            { prefill, thoughtEnd, controlTokens, reasoning: 'off' },
          ),
          { control: '<|im_end|>' },
          { text: '\n' },
        ],
        toolResults: (results) =>
          chatmlMessage(
            'user',
            results
              .map(({ output }) => `<tool_response>\n${toResultText(output)}\n</tool_response>\n`)
              .join(''),
          ),
        openReply: (continued) => [
          ...openChatmlMessage('assistant'),
          ...renderReplyStart(
            continued && { ...continued, content: continued.content + renderXmlCalls(continued) },
            { prefill, thoughtEnd, controlTokens, reasoning },
          ),
        ],
      }),
    ]
  },
}

function renderAnswer(reply: AssistantMessage, kind: 'answer' | 'step'): string {
  const content = reply.content.trim()
  if (reply.toolCalls?.length) return `${content}\n${renderXmlCalls(reply)}`
  // The template drops the thought of a past answer and keeps the line break after it.
  return kind === 'answer' && reply.reasoning && content ? `\n${content}` : content
}
