import { detect, type ModelDescription } from './detect.ts'
import type { ChatFormat } from './format.ts'
import { templateFormat } from './template.ts'

/**
 * The format of a model: ours, where it is of a family we know, else its own template; nothing
 * where it has none. Throws `unsupported` for a template that cannot be read.
 */
export function formatOf(description: ModelDescription): ChatFormat | undefined {
  const { name = 'the model', chatTemplate, controls = [], bos, eos } = description
  const known = detect(description)
  if (known || !chatTemplate) return known
  return templateFormat({
    name: `template of ${name}`,
    template: chatTemplate,
    controls,
    ...(bos !== undefined && { bos }),
    ...(eos !== undefined && { eos }),
  })
}
