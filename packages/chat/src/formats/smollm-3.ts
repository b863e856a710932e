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

const thoughtEnd = `\n${thinkTags.close}\n`
/** With reasoning off, every reply starts with an empty thought, those of the history too. */
const prefill = { on: '', off: `${thinkTags.open}\n\n${thinkTags.close}\n` }

/**
 * SmolLM3. The system message names the mode. It leaves out the date, which would make prompts
 * differ from day to day, and the persona that stands in where there is no system message. Tool
 * calls stay in the history, where the model's template drops them.
 * @see https://huggingface.co/HuggingFaceTB/SmolLM3-3B
 * @see https://github.com/ggml-org/llama.cpp/blob/master/models/templates/HuggingFaceTB-SmolLM3-3B.jinja
 */
export const smollm3: ChatFormat = {
  name: 'smollm-3',
  reasoning: {
    ...thinkTags,
    canTurnOff: true,
    switch: enableThinking,
    closingText: thoughtEnd,
  },
  // The model card, which gives the same for both modes.
  advice: { on: { temperature: 0.6, topP: 0.95 }, off: { temperature: 0.6, topP: 0.95 } },
  ...hermesCalls,

  render({ messages, reasoning, tools }) {
    const { system, otherMessages } = splitSystemMessages(messages)
    const mode = reasoning === 'on' ? '/think' : '/no_think'
    const toolsIntro =
      '### Tools\n\nYou may call one or more functions to assist with the user query.\n'
    const instructions = [
      `## Metadata\n\nKnowledge Cutoff Date: June 2025\nReasoning Mode: ${mode}`,
      '## Custom Instructions',
      ...(system === undefined ? [] : [system]),
      ...(tools.length > 0 ? [toolsIntro + describeHermesTools(tools, '\n\n')] : []),
    ]
    return [
      ...chatmlMessage('system', `${instructions.join('\n\n')}\n\n`),
      ...renderMessages(otherMessages, {
        user: (content) => chatmlMessage('user', content),
        assistant: (reply) =>
          chatmlMessage('assistant', prefill[reasoning] + renderHermesReply(reply)),
        toolResults: (results) => chatmlMessage('user', renderHermesResults(results)),
        openReply: (continued) => openHermesReply(continued, { prefill, thoughtEnd, reasoning }),
      }),
    ]
  },
}
