import { control, type Prompt, text } from '../prompt/prompt.ts'

/** Opens a message of ChatML: `<|im_start|>role`, a line break, and what is said so far. */
export function imBegun(role: string, content = ''): Prompt {
  return [control('<|im_start|>'), text(`${role}\n${content}`)]
}

/** One whole message of ChatML. */
export function imTurn(role: string, content: string): Prompt {
  return [...imBegun(role, content), control('<|im_end|>'), text('\n')]
}
