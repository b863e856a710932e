import type { ChatFormat } from '../format/chat-format.ts'
import {
  type AssistantMessage,
  continuesThought,
  renderMessages,
  renderReplyStart,
  splitSystemMessages,
  startsNewThought,
} from '../prompt/conversation.ts'
import { type Prompt, separateControlTokens } from '../prompt/prompt.ts'
import { toResultText, toSpacedJson } from '../prompt/to-spaced-json.ts'
import { splitHarmony } from '../reply/split-harmony.ts'
import { collectCallIds } from '../tool-calls/call-ids.ts'
import { describeTypescriptTools } from '../tool-prompts/typescript-tools.ts'

const analysisHeader = '<|channel|>analysis<|message|>'
const finalHeader = '<|channel|>final<|message|>'
const commentaryHeader = '<|channel|>commentary<|message|>'
const thoughtEnd = `<|end|><|start|>assistant${finalHeader}`
const controlTokens = [
  '<|start|>',
  '<|end|>',
  '<|message|>',
  '<|channel|>',
  '<|constrain|>',
  '<|call|>',
]

/**
 * OpenAI gpt-oss, in the Harmony format. It always reasons, with its default effort, in messages
 * of a channel of their own. Past thoughts are left out, except in the steps toward the answer
 * that the request asks for. The system message leaves out the date, which would make prompts
 * differ from day to day.
 * @see https://cookbook.openai.com/articles/openai-harmony
 * @see https://github.com/openai/gpt-oss#recommended-sampling-parameters
 */
export const gptOss: ChatFormat = {
  name: 'gpt-oss',
  controlTokens,
  reasoning: {
    open: analysisHeader,
    close: '<|end|>',
    canTurnOff: false,
    closingText: thoughtEnd,
    answerOpening: finalHeader,
    splitReply(conversation) {
      const { messages, tools, demandsCall } = conversation
      const continuedType = startsNewThought(conversation) ? undefined : 'text'
      return splitHarmony({
        continuedType: continuesThought(conversation) ? 'reasoning' : continuedType,
        earlierCallIds: tools.length > 0 ? collectCallIds(messages) : undefined,
        tools,
        demandsCall,
      })
    },
  },
  advice: { on: { temperature: 1, topP: 1 }, off: {} },
  // `splitReply` has split the calls already.
  splitToolCalls: (splitter) => splitter,

  render({ messages, reasoning, tools }) {
    const { system, otherMessages } = splitSystemMessages(messages)
    const instructions = [
      ...(system === undefined ? [] : [`# Instructions\n\n${system}`]),
      ...(tools.length > 0 ? [describeTypescriptTools(tools)] : []),
    ]
    return [
      ...message('system', describeModel(tools.length)),
      ...(instructions.length > 0 ? message('developer', instructions.join('\n\n')) : []),
      ...renderMessages(otherMessages, {
        user: (content) => message('user', content),
        assistant: (reply, kind) => [
          ...(kind === 'step' && reply.reasoning
            ? message('assistant', reply.reasoning, { header: analysisHeader })
            : []),
          ...renderAnswer(reply),
        ],
        toolResults: (results) =>
          results.flatMap(({ toolName, output }) =>
            message(`functions.${toolName} to=assistant`, toResultText(output), {
              header: commentaryHeader,
            }),
          ),
        openReply: (continued) => [
          ...separateControlTokens('<|start|>assistant', controlTokens),
          ...renderReplyStart(continued, {
            prefill: { on: '', off: finalHeader },
            thoughtStart: analysisHeader,
            thoughtEnd,
            controlTokens,
            reasoning,
          }),
        ],
      }),
    ]
  },
}

function describeModel(toolCount: number): string {
  return [
    'You are ChatGPT, a large language model trained by OpenAI.',
    'Knowledge cutoff: 2024-06',
    '',
    'Reasoning: medium',
    '',
    '# Valid channels: analysis, commentary, final. Channel must be included for every message.',
    ...(toolCount > 0
      ? ["Calls to these tools must go to the commentary channel: 'functions'."]
      : []),
  ].join('\n')
}

/** The answer of a reply and its calls. Text beside calls is a preamble, in their channel. */
function renderAnswer({ content, toolCalls = [] }: AssistantMessage): Prompt {
  if (toolCalls.length === 0) return message('assistant', content, { header: finalHeader })
  const calls = toolCalls.flatMap(({ name, input }) =>
    message(`assistant to=functions.${name}`, toSpacedJson(input), {
      header: '<|channel|>commentary json<|message|>',
      end: '<|call|>',
    }),
  )
  const preamble = content ? message('assistant', content, { header: commentaryHeader }) : []
  return [...preamble, ...calls]
}

interface MessageMarkup {
  /** What stands between the role and the content. */
  readonly header?: string
  readonly end?: string
}

function message(
  role: string,
  content: string,
  { header = '<|message|>', end = '<|end|>' }: MessageMarkup = {},
): Prompt {
  const markup = (written: string) => separateControlTokens(written, controlTokens)
  return [
    ...markup('<|start|>'),
    { text: role },
    ...markup(header),
    { text: content },
    ...markup(end),
  ]
}
