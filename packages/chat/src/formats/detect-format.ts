import type { ChatFormat } from '../format/chat-format.ts'
import { chatml } from './chatml.ts'
import { deepseekR1Distill } from './deepseek-r1-distill.ts'
import { gptOss } from './gpt-oss.ts'
import { granite33 } from './granite-3.3.ts'
import { llama3 } from './llama-3.ts'
import { nemotron3Nano } from './nemotron-3-nano.ts'
import { nemotronNano2 } from './nemotron-nano-2.ts'
import { nemotron } from './nemotron.ts'
import { phi4MiniReasoning } from './phi-4-mini-reasoning.ts'
import { qwen3 } from './qwen-3.ts'
import { smollm3 } from './smollm-3.ts'
import { templateFormat } from '../template/template-format.ts'

/** What a model says about itself, in its file or through its server. */
export interface ModelDescription {
  /** The Jinja template in the file; the surest sign there is. */
  readonly chatTemplate?: string
  readonly name?: string
  /**
   * What its template is rendered with: the control tokens of the vocabulary, and the text of those
   * that begin and end a text.
   */
  readonly controlTokens?: readonly string[]
  readonly bosToken?: string
  readonly eosToken?: string
}

interface Signs {
  readonly format: ChatFormat
  /** What its template says, all of it. */
  readonly says: readonly string[]
  /** What a relative's template says and its own does not. */
  readonly never?: readonly string[]
  readonly named: RegExp
}

/** The most specific first. */
const families: readonly Signs[] = [
  { format: nemotron, says: ['detailed thinking'], named: /nemotron[-_ ]nano[-_ ][48]b[-_ ]v1/i },
  { format: gptOss, says: ['<|channel|>', 'analysis'], named: /gpt[-_ ]oss/i },
  {
    format: nemotronNano2,
    says: ['<SPECIAL_11>', '<think>'],
    named: /nemotron[-_ ]nano[-_ ]9b[-_ ]v2/i,
  },
  {
    format: nemotron3Nano,
    says: ['<|im_start|>', 'truncate_history_thinking'],
    named: /nemotron[-_ ]3[-_ ]nano/i,
  },
  { format: granite33, says: ['<|start_of_role|>', '<response>'], named: /granite[-_ ]3\.3/i },
  // DeepSeek's later models write the same tokens, and leave the thought to the model or have a
  // switch named `thinking`.
  {
    format: deepseekR1Distill,
    says: ['<｜Assistant｜><think>', '</think>'],
    never: ['thinking'],
    named: /deepseek[-_ ]r1[-_ ]distill/i,
  },
  {
    format: phi4MiniReasoning,
    says: ['<|assistant|>', 'AI math expert'],
    named: /phi[-_ ]4[-_ ]mini[-_ ]reasoning/i,
  },
  { format: smollm3, says: ['<|im_start|>', 'reasoning_mode', 'xml_tools'], named: /smollm3/i },
  // Qwen's later models call tools in XML, or have no switch.
  {
    format: qwen3,
    says: ['<|im_start|>', 'enable_thinking', 'multi_step_tool', '<tool_call>'],
    never: ['<function='],
    named: /^qwen[-_ ]?3[-_ ]\d+(\.\d+)?b([-_ ]a\d+b)?$/i,
  },
]

/**
 * The format of a model: ours, where it is of a family we know, else its own template; nothing
 * where it has none. Throws `unsupported` for a template that cannot be read.
 */
export function detectFormat(description: ModelDescription): ChatFormat | undefined {
  const {
    name = 'the model',
    chatTemplate,
    controlTokens: controls = [],
    bosToken: bos,
    eosToken: eos,
  } = description
  const known = detectFamily(description)
  if (known || !chatTemplate) return known
  return templateFormat({
    name: `template of ${name}`,
    template: chatTemplate,
    controlTokens: controls,
    ...(bos !== undefined && { bosToken: bos }),
    ...(eos !== undefined && { eosToken: eos }),
  })
}

/**
 * The format a model file asks for, or nothing when it asks for one we do not have. The first sign
 * that fits decides, the template's before the name's.
 */
export function detectFamily({
  chatTemplate = '',
  name = '',
}: ModelDescription): ChatFormat | undefined {
  const said = families.find(
    ({ says, never = [] }) =>
      says.every((sign) => chatTemplate.includes(sign)) &&
      !never.some((sign) => chatTemplate.includes(sign)),
  )
  const family = said ?? families.find(({ named }) => named.test(name))
  if (family) return family.format
  // Reasoning families write ChatML or Llama 3 headers too, and would lose their switch if taken
  // for these.
  if (/think|reason/i.test(chatTemplate)) return undefined
  if (chatTemplate.includes('<|start_header_id|>')) return llama3
  if (chatTemplate.includes('<|im_start|>')) return chatml
  return undefined
}
