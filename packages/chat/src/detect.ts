import type { ChatFormat } from './format.ts'
import { chatml } from './formats/chatml.ts'
import { llama3 } from './formats/llama-3.ts'
import { nemotron } from './formats/nemotron.ts'

/** What a model file says about itself. */
export interface ModelDescription {
  /** The Jinja template in the file; the surest sign there is. */
  readonly chatTemplate?: string
  readonly name?: string
}

/** Every format there is, by name. */
export const formats: Readonly<Record<string, ChatFormat>> = { nemotron, 'llama-3': llama3, chatml }

/** The format a model file asks for, or nothing when it asks for one we do not have. The first sign that fits decides. */
export function detect({ chatTemplate = '', name = '' }: ModelDescription): ChatFormat | undefined {
  if (chatTemplate.includes('detailed thinking') || /nemotron[-_ ]nano[-_ ][48]b[-_ ]v1/i.test(name)) return nemotron
  // Reasoning families write ChatML or Llama 3 headers too, and would lose their switch if taken for these.
  if (/think|reason/i.test(chatTemplate)) return undefined
  if (chatTemplate.includes('<|start_header_id|>')) return llama3
  if (chatTemplate.includes('<|im_start|>')) return chatml
  return undefined
}
