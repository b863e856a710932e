import { NanoError } from '@nano/core'
import {
  type Limits,
  parseTemplate,
  TemplateLimit,
  TemplateRefusal,
  type TextPiece,
} from '../jinja/index.ts'
import { type Prompt, separateControlTokens } from '../prompt/prompt.ts'
import type { TemplateMessage } from './template-messages.ts'

interface ChatTemplateOptions {
  /** For messages: whose template it is. */
  readonly name: string
  readonly template: string
  readonly bosToken: string
  readonly eosToken: string
  /** Control tokens that the template may write. */
  readonly controlTokens: readonly string[]
  readonly now: () => Date
}

/** What a template is rendered with. */
export interface TemplateInput {
  readonly messages: readonly TemplateMessage[]
  /** In OpenAI's form. */
  readonly tools: readonly object[]
  /** Whether the prompt ends where the model starts its reply. */
  readonly opensReply: boolean
  /** Variables of the template, such as `enable_thinking`. */
  readonly variables: Readonly<Record<string, unknown>>
}

/** A parsed template of a model. */
export interface ChatTemplate {
  /** The variables that it reads. */
  readonly variables: ReadonlySet<string>
  /**
   * Renders a prompt, with what people said apart from the control tokens of the template. Throws
   * `unsupported` where the template refuses the conversation, or fails.
   */
  render(input: TemplateInput): Prompt
  /** Renders a prompt as plain text, within these limits where they are given. */
  renderText(input: TemplateInput, limits?: Partial<Limits>): string
}

/** Parses a template. Throws `unsupported` where it is no Jinja. */
export function chatTemplate({
  name,
  template,
  bosToken,
  eosToken,
  controlTokens,
  now,
}: ChatTemplateOptions): ChatTemplate {
  const jinja = attempt(name, () => parseTemplate(template))
  const allControlTokens = [bosToken, eosToken, ...controlTokens].filter(Boolean)

  function renderPieces(
    { messages, tools, opensReply, variables }: TemplateInput,
    limits: Partial<Limits> = {},
  ) {
    return attempt(name, () =>
      jinja.render(
        {
          messages,
          tools: tools.length > 0 ? tools : null,
          documents: null,
          add_generation_prompt: opensReply,
          bos_token: bosToken,
          eos_token: eosToken,
          ...variables,
        },
        { now, limits },
      ),
    )
  }

  return {
    variables: jinja.freeVariables,
    render: (input) => toPrompt(renderPieces(input), allControlTokens),
    renderText: (input, limits) =>
      renderPieces(input, limits)
        .map((piece) => piece.text)
        .join(''),
  }
}

/** Control tokens are looked for in the template's own text only. */
function toPrompt(pieces: readonly TextPiece[], controlTokens: readonly string[]): Prompt {
  const joinedPieces: { text: string; isFromCaller: boolean }[] = []
  for (const { text, isFromCaller } of pieces) {
    const last = joinedPieces.at(-1)
    if (last && last.isFromCaller === isFromCaller) last.text += text
    else joinedPieces.push({ text, isFromCaller })
  }
  const markup = joinedPieces
    .flatMap((piece) => (piece.isFromCaller ? [] : [piece.text]))
    .join('\n')
  const markupTokens = controlTokens.filter((token) => markup.includes(token))
  return joinedPieces.flatMap((piece) =>
    piece.isFromCaller ? [{ text: piece.text }] : separateControlTokens(piece.text, markupTokens),
  )
}

function attempt<T>(name: string, run: () => T): T {
  try {
    return run()
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause)
    const advice =
      cause instanceof TemplateLimit
        ? 'Open the model with another format.'
        : 'Change the conversation, or open the model with another format.'
    const problem =
      cause instanceof TemplateRefusal
        ? `refuses this conversation: ${message}`
        : `fails: ${message}. ${advice}`
    const subject = /^template\b/.test(name) ? `chat ${name}` : `chat template of ${name}`
    throw new NanoError('unsupported', `the ${subject} ${problem}`, { cause })
  }
}
