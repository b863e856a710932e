import { Template } from '@huggingface/jinja'
import { type Message, NanoError } from '@nano/core'
import { randomInteger } from '@nano/core/driver'
import type { ChatFormat, Conversation } from '../format/chat-format.ts'
import { enableThinking, startsNewThought, think } from '../formats/thought.ts'
import type { Reply } from '../prompt/conversation.ts'
import { controlsIn, type Prompt, promptText, text } from '../prompt/prompt.ts'

/** What a model file says about its prompts. */
export interface TemplateOptions {
  /** For people and messages, e.g. the model's name. */
  readonly name?: string
  /** The Jinja template in the file. */
  readonly template: string
  /** The text of the tokens that begin and end a text, which templates write by name. */
  readonly bosToken?: string
  readonly eosToken?: string
  /** The control tokens of the vocabulary. What is not listed is written as text. */
  readonly controlTokens: readonly string[]
  /**
   * How it reasons. Absent: in `<think>` tags, switched by `enable_thinking` if the template
   * mentions that, always if it mentions the tags alone; else not at all.
   */
  readonly reasoning?: ChatFormat['reasoning']
  readonly advice?: ChatFormat['advice']
}

/**
 * A format that renders with a model file's own template, for families that have none of their own
 * here. It has no tools. What people say is put in after the template has run, so it can write no
 * control token; white space at its ends can be trimmed. Conditions of the template on what is said
 * see a placeholder: it has none of the words they look for. Rendering throws `unsupported` when
 * the template fails, or drops or changes what someone said.
 * @see https://huggingface.co/docs/transformers/main/en/chat_templating
 */
export function templateFormat({
  name = 'template',
  template,
  bosToken: bos = '',
  eosToken: eos = '',
  controlTokens: controls,
  reasoning,
  advice = { on: {}, off: {} },
}: TemplateOptions): ChatFormat {
  const jinja = parsed(name, template)
  const markers = reasoning ?? told(template)
  const known = [bos, eos, ...controls, ...(markers?.controlTokens ?? [])].filter(Boolean)

  function render(messages: readonly Message[], mode: Conversation['reasoning']): Prompt {
    const hidden = new Map<string, string>()
    const variables = {
      messages: messages.map((message) => shown(message, hidden)),
      add_generation_prompt: true,
      enable_thinking: mode === 'on',
      bos_token: bos,
      eos_token: eos,
    }
    const written = attempt(name, () => jinja.render(variables))
    const missing = [...hidden].find(([placeholder]) => !written.includes(placeholder))
    if (missing)
      throw unsupported(
        name,
        `drops or changes ${JSON.stringify(missing[1].slice(0, 40))}. Leave that message out, or open the model with another format.`,
      )
    if (hidden.size === 0) return controlsIn(written, known)
    return written
      .split(
        new RegExp(
          `(${[...hidden.keys()].map((placeholder) => placeholder.replaceAll('\\', '\\\\')).join('|')})`,
        ),
      )
      .flatMap((piece) => {
        const said = hidden.get(piece)
        return said === undefined ? controlsIn(piece, known) : [text(said)]
      })
  }

  /** Whether the template itself opens the thought at the end of the prompt. */
  function opens(mode: Conversation['reasoning']): boolean {
    return (
      markers !== undefined &&
      promptText(render([{ role: 'user', content: 'a' }], mode))
        .trimEnd()
        .endsWith(markers.open)
    )
  }

  /**
   * What goes on after the template's end of the prompt; that may have opened a thought, which is
   * then closed before an answer.
   */
  function goneOn(
    { content, reasoning: thought = '' }: Reply,
    mode: Conversation['reasoning'],
  ): Prompt {
    if (!markers) return [text(content)]
    const opened = opens(mode)
    const opening = thought && !opened ? controlsIn(`${markers.open}\n`, known) : []
    const closing = content && (opened || thought) ? controlsIn(markers.closingText, known) : []
    return [...opening, text(thought), ...closing, text(content)]
  }

  return {
    name,
    advice,
    ...(markers && {
      reasoning: {
        ...markers,
        promptOpensThought: (asked) => startsNewThought(asked) && opens(asked.reasoning),
      },
    }),
    render({ messages, reasoning: mode }) {
      const last = messages.at(-1)
      const continued =
        last?.role === 'assistant' && last.continue && (last.content || last.reasoning)
          ? last
          : undefined
      const past = last?.role === 'assistant' && last.continue ? messages.slice(0, -1) : messages
      return [...render(past, mode), ...(continued ? goneOn(continued, mode) : [])]
    },
  }
}

const always: NonNullable<ChatFormat['reasoning']> = {
  ...think,
  canTurnOff: false,
  default: 'on',
  closingText: `\n${think.close}\n\n`,
}

/** What a template gives away of how its model reasons. */
function told(template: string): ChatFormat['reasoning'] {
  if (template.includes('enable_thinking'))
    return { ...always, canTurnOff: true, switch: enableThinking }
  return template.includes(think.close) ? always : undefined
}

/** A message as templates read it, with a placeholder for what was said. */
function shown(message: Message, hidden: Map<string, string>): { role: string; content: string } {
  const content = message.role === 'tool' ? '' : message.content
  const said = content.trim()
  if (!said) return { role: message.role, content }
  const placeholder = letters() + telling + letters()
  hidden.set(placeholder, said)
  const start = content.indexOf(said)
  return {
    role: message.role,
    content: content.slice(0, start) + placeholder + content.slice(start + said.length),
  }
}

/**
 * What a filter changes if it changes text at all: JSON, HTML, case, lines, white space. With plain
 * letters alone, `tojson` would go unseen.
 */
const telling = ` "'\\/\n  <b>&amp;\té Zz0 `

/** Letters that nobody can have guessed, so that no one can write a placeholder. */
function letters(): string {
  return String.fromCharCode(...Array.from({ length: 32 }, () => 97 + (randomInteger() % 26)))
}

function parsed(name: string, template: string): Template {
  return attempt(name, () => new Template(template))
}

function attempt<T>(name: string, run: () => T): T {
  try {
    return run()
  } catch (cause) {
    throw unsupported(
      name,
      `fails: ${cause instanceof Error ? cause.message : String(cause)}. Open the model with another format.`,
      cause,
    )
  }
}

function unsupported(name: string, what: string, cause?: unknown): NanoError {
  return new NanoError('unsupported', `the chat template of ${name} ${what}`, { cause })
}
