import type { Message } from '@nano/core'
import type { ChatFormat } from '../format.ts'
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
  reasoning: { open, close, canTurnOff: true, default: 'off', closing: `\n${close}\n\n` },
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
  const called: string[] = []
  let results: Extract<Message, { role: 'tool' }>[] = []

  for (const [index, message] of messages.entries()) {
    if (message.role === 'assistant') called.push(...(message.toolCalls ?? []).map(({ id }) => id))
    if (message.role === 'tool') {
      results.push(message)
      // Results that follow each other share one turn. The format has no ids: their order, that of the calls, links them.
      if (messages[index + 1]?.role === 'tool') continue
      const ordered = results.toSorted((a, b) => called.lastIndexOf(a.toolCallId) - called.lastIndexOf(b.toolCallId))
      prompt.push(turn('user', `<TOOL_RESPONSE>[${ordered.map(({ output }) => spacedJson(output)).join(', ')}]</TOOL_RESPONSE>`))
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
