import type { ChatFormat } from '../format.ts'
import { control, type Prompt, text } from '../prompt.ts'
import { splitSystem } from './system.ts'
import { plainTurns } from './turns.ts'

/**
 * ChatML, for models that use it without a reasoning switch.
 * @see https://github.com/openai/openai-python/blob/v0.28.1/chatml.md
 */
export const chatml: ChatFormat = {
  name: 'chatml',
  advice: { on: {}, off: {} },
  render({ messages }) {
    const { system, rest } = splitSystem(messages)
    return [...(system === undefined ? [] : whole('system', system)), ...plainTurns(rest, { whole, begun })]
  },
}

function whole(role: string, content: string): Prompt {
  return [...begun(role, content), control('<|im_end|>'), text('\n')]
}

function begun(role: string, content: string): Prompt {
  return [control('<|im_start|>'), text(`${role}\n${content}`)]
}
