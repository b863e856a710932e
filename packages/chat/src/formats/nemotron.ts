import type { Message } from '@nano/core'
import type { ChatFormat, Conversation } from '../format.ts'
import { type Prompt, text } from '../prompt.ts'
import { spacedJson } from '../spaced-json.ts'
import { taggedToolCalls } from '../tool-calls/tagged.ts'
import { beginOfText, header, turn } from './header.ts'
import { splitSystem } from './system.ts'

const open = '<think>'
const close = '</think>'

/**
 * NVIDIA Llama 3.1 Nemotron Nano, 4B v1.1 and 8B v1.
 * A line of the system message switches reasoning; the tags are plain text that the model writes itself.
 * An own system text follows the switch, where the model's template would let it replace the switch.
 * @see https://huggingface.co/nvidia/Llama-3.1-Nemotron-Nano-4B-v1.1
 */
export const nemotron: ChatFormat = {
  name: 'nemotron',
  reasoning: { open, close, canTurnOff: true, default: 'off', closing: `\n${close}\n\n`, startsOpen },
  // The model card: temperature 0.6 and top-p 0.95 with reasoning on, greedy with it off.
  advice: { on: { temperature: 0.6, topP: 0.95 }, off: { temperature: 0 } },
  toolCalls: (options) => taggedToolCalls({ open: '<TOOLCALL>', close: '</TOOLCALL>', ...options }),

  render({ messages, reasoning, tools }) {
    const { system, rest } = splitSystem(messages)
    const offered = tools.map(({ name, description, parameters }) => ({ name, description, parameters }))
    const instructions = [
      `detailed thinking ${reasoning}`,
      ...(system === undefined ? [] : [system]),
      ...(tools.length > 0 ? [`<AVAILABLE_TOOLS>${spacedJson(offered)}</AVAILABLE_TOOLS>`] : []),
    ]
    return [beginOfText, ...turn('system', instructions.join('\n\n')), ...renderTurns(rest)]
  },
}

function renderTurns(messages: readonly Message[]): Prompt {
  const prompt: Prompt[] = []
  let results: string[] = []

  for (const [index, message] of messages.entries()) {
    if (message.role === 'tool') {
      results.push(spacedJson(message.output))
      // Results that follow each other share one turn; their order links them to the calls.
      if (messages[index + 1]?.role === 'tool') continue
      prompt.push(turn('user', `<TOOL_RESPONSE>[${results.join(', ')}]</TOOL_RESPONSE>`))
      results = []
    } else if (message.role === 'assistant') prompt.push(assistant(message))
    else prompt.push(turn(message.role, message.content))
  }

  const last = messages.at(-1)
  const continued = last?.role === 'assistant' && last.continue
  return [...prompt, ...(continued ? [] : [header('assistant')])].flat()
}

function assistant({ content, toolCalls = [], reasoning = '', continue: continued }: Extract<Message, { role: 'assistant' }>): Prompt {
  const calls = toolCalls.map(({ name, input }) => ({ name, arguments: input }))
  const said = content + (calls.length > 0 ? `<TOOLCALL>${spacedJson(calls)}</TOOLCALL>` : '')
  if (!continued) return turn('assistant', said)
  // Past thoughts are left out of the history; the one of a reply that goes on is part of it.
  const thought = reasoning && (content ? `${open}\n${reasoning}\n${close}\n\n` : `${open}\n${reasoning}`)
  return [...header('assistant'), text(thought + said)]
}

function startsOpen({ messages }: Conversation): boolean {
  const last = messages.at(-1)
  return last?.role === 'assistant' && last.continue === true && Boolean(last.reasoning) && last.content === ''
}
