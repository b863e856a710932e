import { type ChatFormat, enableThinking } from '../format/chat-format.ts'
import {
  chatmlMessage,
  renderMessages,
  splitSystemMessages,
  thinkTags,
} from '../prompt/conversation.ts'
import { hermesCalls } from '../tool-calls/family-calls.ts'
import {
  describeHermesTools,
  openHermesReply,
  renderHermesReply,
  renderHermesResults,
} from '../tool-prompts/hermes-tools.ts'

const thoughtEnd = `\n${thinkTags.close}\n\n`
/** With reasoning off, the prompt writes an empty thought for the model. */
const prefill = { on: '', off: `${thinkTags.open}\n\n${thinkTags.close}\n\n` }

/**
 * Qwen3 of April 2025, whose reasoning is optional; the later Thinking models always reason, and
 * the later Instruct models never do. Past thoughts are left out, except in the steps toward the
 * answer that the request asks for.
 * @see https://huggingface.co/Qwen/Qwen3-0.6B
 * @see https://github.com/ggml-org/llama.cpp/blob/master/models/templates/Qwen-Qwen3-0.6B.jinja
 */
export const qwen3: ChatFormat = {
  name: 'qwen-3',
  reasoning: {
    ...thinkTags,
    canTurnOff: true,
    switch: enableThinking,
    closingText: thoughtEnd,
  },
  // The model card, for each mode; greedy decoding makes the model repeat itself.
  advice: {
    on: { temperature: 0.6, topP: 0.95, topK: 20, minP: 0 },
    off: { temperature: 0.7, topP: 0.8, topK: 20, minP: 0 },
  },
  ...hermesCalls,

  render({ messages, reasoning, tools }) {
    const { system, otherMessages } = splitSystemMessages(messages)
    const toolsIntro =
      '# Tools\n\nYou may call one or more functions to assist with the user query.\n\n'
    const instructions = [
      ...(system === undefined ? [] : [system]),
      ...(tools.length > 0 ? [toolsIntro + describeHermesTools(tools, '\n')] : []),
    ]
    return [
      ...(instructions.length > 0 ? chatmlMessage('system', instructions.join('\n\n')) : []),
      ...renderMessages(otherMessages, {
        user: (content) => chatmlMessage('user', content),
        assistant: (reply, kind) => {
          const thought =
            kind === 'step' && reply.reasoning
              ? `${thinkTags.open}\n${reply.reasoning}${thoughtEnd}`
              : ''
          return chatmlMessage('assistant', thought + renderHermesReply(reply))
        },
        toolResults: (results) => chatmlMessage('user', renderHermesResults(results)),
        openReply: (continued) => openHermesReply(continued, { prefill, thoughtEnd, reasoning }),
      }),
    ]
  },
}
