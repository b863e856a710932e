import type { ChatFormat } from '../format/chat-format.ts'
import { type TemplateFamily, templateFormat } from '../template/template-format.ts'
import { withToolTemplate } from '../template/with-tool-template.ts'
import { formats } from './formats.ts'
import { findSamplingAdvice } from './sampling-advice.ts'

/** What a model says about itself, in its file or through its server. */
export interface ModelDescription {
  /** The Jinja template in the file, which tells the family better than the name. */
  readonly chatTemplate?: string
  /** The Jinja template in the file for conversations with tools, where it has one of its own. */
  readonly toolTemplate?: string
  readonly name?: string
  /** The control tokens of the vocabulary, as text. A template is rendered with them. */
  readonly controlTokens?: readonly string[]
  /** The text of the token that starts a text, which templates write by name. */
  readonly bosToken?: string
  /** The text of the token that ends a text, which templates write by name. */
  readonly eosToken?: string
  /** The clock of templates that write today's date; the machine's by default. */
  readonly now?: () => Date
}

/**
 * The format of a model: its own template, with what is known of its family and by its name
 * besides; without a template, the format of its family. Undefined where it has neither. Throws
 * `unsupported` for a template that cannot be parsed.
 */
export function detectFormat(description: ModelDescription): ChatFormat | undefined {
  const {
    name = 'the model',
    chatTemplate,
    toolTemplate,
    controlTokens = [],
    bosToken,
    eosToken,
    now,
  } = description
  const family = detectFamily(description)
  // Its template lets a system message replace the switch of reasoning.
  if (!chatTemplate || family === formats.nemotron) return family
  const advice = findSamplingAdvice(name) ?? family?.advice
  const fromTemplate = (template: string) =>
    templateFormat({
      name: `template of ${name}`,
      template,
      controlTokens,
      family: { ...(family && toTemplateFamily(family)), ...(advice && { advice }) },
      ...(bosToken !== undefined && { bosToken }),
      ...(eosToken !== undefined && { eosToken }),
      ...(now && { now }),
    })
  const format = fromTemplate(chatTemplate)
  return toolTemplate ? withToolTemplate(format, fromTemplate(toolTemplate)) : format
}

/** What a family has besides its template and advice: a syntax of replies of its own. */
function toTemplateFamily({
  name,
  reasoning,
  splitToolCalls,
  controlTokens,
}: ChatFormat): TemplateFamily {
  if (!reasoning?.splitReply && !reasoning?.answer) return { name }
  const { switch: _switch, promptOpensThought: _promptOpensThought, ...replySyntax } = reasoning
  return {
    name,
    reasoning: replySyntax,
    ...(splitToolCalls && { splitToolCalls }),
    ...(controlTokens && { controlTokens }),
  }
}

/**
 * The format of the model's family, found by its template, else by its name. Undefined for a
 * family that this package does not know.
 */
export function detectFamily({
  chatTemplate = '',
  name = '',
}: ModelDescription): ChatFormat | undefined {
  const byTemplate = families.find(
    ({ includes, excludes = [] }) =>
      includes.every((part) => chatTemplate.includes(part)) &&
      !excludes.some((part) => chatTemplate.includes(part)),
  )
  const family = byTemplate ?? families.find(({ modelName }) => modelName.test(name))
  if (family) return family.format
  // Families that reason also write ChatML or Llama 3 headers. As one of these formats, they would
  // lose their reasoning switch.
  if (/think|reason/i.test(chatTemplate)) return undefined
  if (chatTemplate.includes('<|start_header_id|>')) return formats['llama-3']
  if (chatTemplate.includes('<|im_start|>')) return formats.chatml
  return undefined
}

/** What a family is recognized by. */
interface FamilySigns {
  readonly format: ChatFormat
  /** Its template includes all of these. */
  readonly includes: readonly string[]
  /** A related family's template includes one of these, and its own does not. */
  readonly excludes?: readonly string[]
  readonly modelName: RegExp
}

/** The most specific first. */
const families: readonly FamilySigns[] = [
  {
    format: formats.nemotron,
    includes: ['detailed thinking', '<|start_header_id|>'],
    modelName: /nemotron[-_ ]nano[-_ ][48]b[-_ ]v1/i,
  },
  {
    format: formats['gpt-oss'],
    includes: ['<|channel|>', 'analysis'],
    modelName: /gpt[-_ ]oss/i,
  },
  {
    format: formats['nemotron-nano-2'],
    includes: ['<SPECIAL_11>', '<think>'],
    modelName: /nemotron[-_ ]nano[-_ ]9b[-_ ]v2/i,
  },
  {
    format: formats['nemotron-3-nano'],
    includes: ['<|im_start|>', 'truncate_history_thinking'],
    modelName: /nemotron[-_ ]3[-_ ]nano/i,
  },
  {
    format: formats['granite-3.3'],
    includes: ['<|start_of_role|>', '<response>'],
    modelName: /granite[-_ ]3\.3/i,
  },
  // DeepSeek's later models write the same tokens, and leave the thought to the model or have a
  // switch named `thinking`.
  {
    format: formats['deepseek-r1-distill'],
    includes: ['<｜Assistant｜><think>', '</think>'],
    excludes: ['thinking'],
    modelName: /deepseek[-_ ]r1[-_ ]distill/i,
  },
  {
    format: formats['phi-4-mini-reasoning'],
    includes: ['<|assistant|>', 'AI math expert'],
    modelName: /phi[-_ ]4[-_ ]mini[-_ ]reasoning/i,
  },
  {
    format: formats['smollm-3'],
    includes: ['<|im_start|>', 'reasoning_mode', 'xml_tools'],
    modelName: /smollm3/i,
  },
  // Qwen's later models call tools in XML, or have no switch.
  {
    format: formats['qwen-3'],
    includes: ['<|im_start|>', 'enable_thinking', 'multi_step_tool', '<tool_call>'],
    excludes: ['<function='],
    modelName: /^qwen[-_ ]?3[-_ ]\d+(\.\d+)?b([-_ ]a\d+b)?$/i,
  },
]
