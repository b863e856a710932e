import { type ChatFormat, continuesThought } from '../format/chat-format.ts'
import { controlsIn, type Prompt, text } from '../prompt/prompt.ts'
import { toSpacedJson } from '../prompt/to-spaced-json.ts'
import { splitHarmony } from '../reply/split-harmony.ts'
import { collectCallIds } from '../tool-calls/call-ids.ts'
import { splitSystem } from './system.ts'
import { beginReply, startsNewThought } from './thought.ts'
import { type Reply, renderTurns, toResultText } from '../prompt/conversation.ts'
import { typescriptTools } from '../tool-prompts/typescript-tools.ts'

const analysis = '<|channel|>analysis<|message|>'
const final = '<|channel|>final<|message|>'
const commentary = '<|channel|>commentary<|message|>'
const closing = `<|end|><|start|>assistant${final}`
const controls = ['<|start|>', '<|end|>', '<|message|>', '<|channel|>', '<|constrain|>', '<|call|>']

/**
 * OpenAI gpt-oss, in the Harmony format. It always reasons, with its default effort, in messages of
 * their own channel. Thoughts are left out of the history, but for those on the way to the answer
 * that is asked for. Left out of the system message: the date, which would make prompts differ from
 * day to day.
 * @see https://cookbook.openai.com/articles/openai-harmony
 * @see https://github.com/openai/gpt-oss#recommended-sampling-parameters
 */
export const gptOss: ChatFormat = {
  name: 'gpt-oss',
  reasoning: {
    open: analysis,
    close: '<|end|>',
    controlTokens: controls,
    canTurnOff: false,
    default: 'on',
    closingText: closing,
    splitReply: (asked) =>
      splitHarmony({
        begun: continuesThought(asked) ? 'reasoning' : startsNewThought(asked) ? undefined : 'text',
        calls: asked.tools.length > 0 ? { taken: collectCallIds(asked.messages) } : undefined,
      }),
  },
  advice: { on: { temperature: 1, topP: 1 }, off: {} },
  // Messages tell calls from text, and are split already.
  splitToolCalls: (splitter) => splitter,

  render({ messages, reasoning: mode, tools }) {
    const { system, rest } = splitSystem(messages)
    const instructions = [
      ...(system === undefined ? [] : [`# Instructions\n\n${system}`]),
      ...(tools.length > 0 ? [typescriptTools(tools)] : []),
    ]
    return [
      ...turn('system', identity(tools.length > 0)),
      ...(instructions.length > 0 ? turn('developer', instructions.join('\n\n')) : []),
      ...renderTurns(rest, {
        user: (content) => turn('user', content),
        assistant: (reply, running) => [
          ...(running && reply.reasoning
            ? turn('assistant', reply.reasoning, { header: analysis })
            : []),
          ...said(reply),
        ],
        results: (results) =>
          results.flatMap(({ name, output }) =>
            turn(`functions.${name} to=assistant`, toResultText(output), { header: commentary }),
          ),
        begun: (reply) => [
          ...written('<|start|>assistant'),
          ...beginReply(reply, {
            prefill: { on: '', off: final },
            opening: analysis,
            closing,
            controls,
            mode,
          }),
        ],
      }),
    ]
  },
}

function identity(tools: boolean): string {
  const lines = [
    'You are ChatGPT, a large language model trained by OpenAI.',
    'Knowledge cutoff: 2024-06',
    '',
    'Reasoning: medium',
    '',
  ]
  const channels =
    '# Valid channels: analysis, commentary, final. Channel must be included for every message.'
  return [
    ...lines,
    channels,
    ...(tools ? ["Calls to these tools must go to the commentary channel: 'functions'."] : []),
  ].join('\n')
}

/** What a reply said; beside calls it is a preamble, in the channel of those. */
function said({ content, toolCalls = [] }: Reply): Prompt {
  if (toolCalls.length === 0) return turn('assistant', content, { header: final })
  const calls = toolCalls.flatMap(({ name, input }) =>
    turn(`assistant to=functions.${name}`, toSpacedJson(input), {
      header: '<|channel|>commentary json<|message|>',
      end: '<|call|>',
    }),
  )
  return [...(content ? turn('assistant', content, { header: commentary }) : []), ...calls]
}

interface Markers {
  readonly header?: string
  readonly end?: string
}

function turn(
  role: string,
  content: string,
  { header = '<|message|>', end = '<|end|>' }: Markers = {},
): Prompt {
  return [...written('<|start|>'), text(role), ...written(header), text(content), ...written(end)]
}

function written(markers: string): Prompt {
  return controlsIn(markers, controls)
}
