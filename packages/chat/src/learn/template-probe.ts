import { type Message, NanoError, type Tool } from '@nano/core'
import { TemplateLimit } from '../jinja/index.ts'

/** Renders probes with a template, as plain text. Throws where the template refuses one. */
export type RenderProbe = (messages: readonly Message[], options?: ProbeOptions) => string

export interface ProbeOptions {
  readonly tools?: readonly Tool[]
  /** Whether the prompt ends where the model starts its reply; false by default. */
  readonly opensReply?: boolean
  /** Values of the template's own variables, such as `enable_thinking`. */
  readonly variables?: Readonly<Record<string, unknown>>
  /** Whether results of tools say the tool's name; true by default. */
  readonly namesTools?: boolean
  /** The field of a reply in which the template looks for a thought. */
  readonly thoughtField?: string
}

/** Words that no template contains, and that no filter of a template changes. */
export const probeWords = {
  question: 'Zqask',
  answer: 'Zqanswer',
  thought: 'Zqthought',
} as const

/** The question that every probe begins with. */
export const probeQuestion: Message = { role: 'user', content: probeWords.question }

/**
 * What a template writes for some messages; undefined where it refuses them. A template that passes
 * its limits ends the learning: each probe would take as long.
 */
export function tryRender(
  render: RenderProbe,
  ...probe: Parameters<RenderProbe>
): string | undefined {
  try {
    return render(...probe)
  } catch (error) {
    if (NanoError.is(error) && error.cause instanceof TemplateLimit) throw error
    return undefined
  }
}
