import { control, type Prompt, type Segment, text } from '../prompt/prompt.ts'

/**
 * `<|start_header_id|>role<|end_header_id|>` and a blank line: how the Llama 3 family opens a
 * message.
 */
export function header(role: string): Prompt {
  return [control('<|start_header_id|>'), text(role), control('<|end_header_id|>'), text('\n\n')]
}

export const beginOfText: Segment = control('<|begin_of_text|>')
const endOfTurn: Segment = control('<|eot_id|>')

/** One whole message of the Llama 3 family. */
export function turn(role: string, content: string): Prompt {
  return [...header(role), text(content), endOfTurn]
}
