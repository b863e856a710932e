import { Template } from '@huggingface/jinja'
import { type Message, NanoError } from '@nano/core'
import { type ChatFormat, enableThinking, type ReasoningFormat } from '../format/chat-format.ts'
import {
  type AssistantMessage,
  type Conversation,
  findContinuedReply,
  startsNewThought,
} from '../prompt/conversation.ts'
import { type Prompt, promptToText, separateControlTokens, text } from '../prompt/prompt.ts'
import { thinkTags } from '../prompt/render-messages.ts'
import { placeholders } from './placeholders.ts'

/** What a model file says about its prompts. */
export interface TemplateOptions {
  /** For people and messages, e.g. the model's name. */
  readonly name?: string
  /** The Jinja template in the file. */
  readonly template: string
  /** The text of the token that starts a text, which templates write by name. */
  readonly bosToken?: string
  /** The text of the token that ends a text, which templates write by name. */
  readonly eosToken?: string
  /** The control tokens of the vocabulary. One that is not listed is written as text. */
  readonly controlTokens: readonly string[]
  /**
   * How the model reasons. Absent: in `<think>` tags, switched by `enable_thinking` if the template
   * mentions that, always if it mentions the tags alone, and else not at all.
   */
  readonly reasoning?: ReasoningFormat
  readonly advice?: ChatFormat['advice']
}

/**
 * A format that renders prompts with the template of a model file, for families that this package
 * does not know. It has no tools. Placeholders stand for the content of messages while the template
 * runs, so that content can write no control token; the template may trim white space around it.
 * A condition of the template on the content therefore sees a placeholder, which has none of the
 * words it looks for. Rendering throws `unsupported` where the template fails, or drops or changes
 * the content of a message.
 * @see https://huggingface.co/docs/transformers/main/en/chat_templating
 */
export function templateFormat({
  name = 'template',
  template,
  bosToken = '',
  eosToken = '',
  controlTokens,
  reasoning = findReasoning(template),
  advice = { on: {}, off: {} },
}: TemplateOptions): ChatFormat {
  const jinja = attempt(name, () => new Template(template))
  const allControlTokens = [
    bosToken,
    eosToken,
    ...controlTokens,
    ...(reasoning?.controlTokens ?? []),
  ].filter(Boolean)
  const separate = (markup: string) => separateControlTokens(markup, allControlTokens)

  function renderTemplate(messages: readonly Message[], mode: Conversation['reasoning']): Prompt {
    const hidden = placeholders()
    const variables = {
      messages: messages.map((message) => ({
        role: message.role,
        content: message.role === 'tool' ? '' : hidden.hide(message.content),
      })),
      add_generation_prompt: true,
      enable_thinking: mode === 'on',
      bos_token: bosToken,
      eos_token: eosToken,
    }
    const output = attempt(name, () => jinja.render(variables))
    const missing = hidden.findMissing(output)
    if (missing !== undefined)
      throw templateError(
        name,
        `drops or changes ${JSON.stringify(missing.slice(0, 40))}. ` +
          'Leave that message out, or open the model with another format.',
      )
    return hidden
      .split(output)
      .flatMap((piece) => ('content' in piece ? [text(piece.content)] : separate(piece.markup)))
  }

  /** Whether the template itself writes the opening marker at the end of the prompt. */
  function opensThought(mode: Conversation['reasoning']): boolean {
    if (!reasoning) return false
    const prompt = promptToText(renderTemplate([{ role: 'user', content: 'a' }], mode))
    return prompt.trimEnd().endsWith(reasoning.open)
  }

  /**
   * What follows the template's end of the prompt where a reply is continued. The template may have
   * opened a thought, which is closed before an answer.
   */
  function renderContinuation(
    { content, reasoning: thought = '' }: AssistantMessage,
    mode: Conversation['reasoning'],
  ): Prompt {
    if (!reasoning) return [text(content)]
    const isOpen = opensThought(mode)
    const opening = thought && !isOpen ? separate(`${reasoning.open}\n`) : []
    const closing = content && (isOpen || thought) ? separate(reasoning.closingText) : []
    return [...opening, text(thought), ...closing, text(content)]
  }

  return {
    name,
    advice,
    ...(reasoning && {
      reasoning: {
        ...reasoning,
        promptOpensThought: (conversation) =>
          startsNewThought(conversation) && opensThought(conversation.reasoning),
      },
    }),
    render({ messages, reasoning: mode }) {
      const continued = findContinuedReply(messages)
      if (!continued) return renderTemplate(messages, mode)
      const prompt = renderTemplate(messages.slice(0, -1), mode)
      return continued.content || continued.reasoning
        ? [...prompt, ...renderContinuation(continued, mode)]
        : prompt
    },
  }
}

/** How a template shows that its model reasons. */
function findReasoning(template: string): ReasoningFormat | undefined {
  const always = { ...thinkTags, canTurnOff: false, closingText: `\n${thinkTags.close}\n\n` }
  if (template.includes('enable_thinking'))
    return { ...always, canTurnOff: true, switch: enableThinking }
  return template.includes(thinkTags.close) ? always : undefined
}

function attempt<T>(name: string, run: () => T): T {
  try {
    return run()
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause)
    throw templateError(name, `fails: ${message}. Open the model with another format.`, cause)
  }
}

function templateError(name: string, problem: string, cause?: unknown): NanoError {
  return new NanoError('unsupported', `the chat template of ${name} ${problem}`, { cause })
}
