import type { ChatFormat, ReasoningFormat } from '../format/chat-format.ts'
import { type LearnedTemplate, learnTemplate } from '../learn/learn-template.ts'
import type { ThoughtMarks } from '../learn/learn-thought.ts'
import { learnTurnEnd } from '../learn/learn-turn-end.ts'
import type { RenderProbe } from '../learn/template-probe.ts'
import {
  type AssistantMessage,
  type Conversation,
  findContinuedReply,
} from '../prompt/conversation.ts'
import { type Prompt, separateControlTokens } from '../prompt/prompt.ts'
import { callFormat } from '../tool-calls/call-format.ts'
import { chatTemplate } from './chat-template.ts'
import { findKnownCalls } from './known-calls.ts'
import { toProbeInput, toTemplateInput } from './template-input.ts'

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
  /** What is known of the model and no template says. */
  readonly family?: TemplateFamily
  /** The clock of templates that write today's date; the machine's by default. */
  readonly now?: () => Date
}

/** What no template says: the family's name, how it is sampled, what its replies have besides. */
export type TemplateFamily = Partial<
  Pick<ChatFormat, 'name' | 'advice' | 'splitToolCalls' | 'controlTokens'>
> & {
  readonly reasoning?: Partial<ReasoningFormat>
}

/**
 * A format that renders prompts with the template of a model file. How the model writes thoughts
 * and tool calls, and how its reasoning is switched, is learned from what the template renders.
 * What people said can write no control token. Throws `unsupported` for a template that cannot be
 * parsed, or that does not end; rendering throws it where the template refuses the conversation.
 * @see https://huggingface.co/docs/transformers/main/en/chat_templating
 */
export function templateFormat({
  name = 'template',
  template: source,
  bosToken = '',
  eosToken = '',
  controlTokens,
  family = {},
  now = () => new Date(),
}: TemplateOptions): ChatFormat {
  const template = chatTemplate({ name, template: source, bosToken, eosToken, controlTokens, now })
  const renderProbe: RenderProbe = (messages, options) =>
    template.renderText(toProbeInput(messages, options), probeLimits)
  const learnedTraits = learnTemplate({
    render: renderProbe,
    variables: template.variables,
    template: source,
  })
  const turnEnd =
    family.reasoning?.splitReply === undefined
      ? learnTurnEnd(renderProbe, { controlTokens, answerClose: learnedTraits.answer?.close })
      : undefined
  const knownCalls = learnedTraits.calls ? undefined : findKnownCalls(source)
  const calls = learnedTraits.calls ?? knownCalls?.calls
  const thought =
    withFamilyMarks(learnedTraits.thought, family) ??
    (isOfThinker(learnedTraits, name) ? learnedTraits.thought : undefined)

  const toInput = (conversation: Conversation) =>
    toTemplateInput(conversation, {
      ...learnedTraits,
      thoughtField: thought?.field,
      toolsVariable: knownCalls?.toolsVariable,
    })
  const opensThought = (conversation: Conversation) =>
    thought !== undefined &&
    template.renderText(toInput(conversation)).trimEnd().endsWith(thought.open)

  return {
    name: family.name ?? name,
    advice: family.advice ?? { on: {}, off: {} },
    ...findShownTokens(controlTokens, [thought, learnedTraits.answer, calls]),
    ...(thought && {
      reasoning: {
        open: thought.open,
        close: thought.close,
        closingText: thought.closingText,
        ...(learnedTraits.answer && { answer: learnedTraits.answer }),
        canTurnOff: learnedTraits.switch !== undefined,
        ...(learnedTraits.switch && { switch: learnedTraits.switch }),
        ...family.reasoning,
        promptOpensThought: (conversation) =>
          !continuesReply(conversation) && opensThought(conversation),
      },
    }),
    ...(turnEnd !== undefined && { turnEnds: [turnEnd] }),
    ...(calls && !family.splitToolCalls && callFormat(calls)),
    ...(family.splitToolCalls && { splitToolCalls: family.splitToolCalls }),
    ...(family.controlTokens && { controlTokens: family.controlTokens }),
    ...(learnedTraits.dropsSystem && { dropsSystem: learnedTraits.dropsSystem }),
    ...(learnedTraits.dropsLaterCalls && { dropsLaterCalls: true }),
    render(conversation) {
      const prompt = template.render(toInput(conversation))
      const continued = findContinuedReply(conversation.messages)
      if (!continued || !continuesReply(conversation)) return prompt
      const isOpen = opensThought(conversation)
      return [
        ...prompt,
        ...renderContinuation(continued, { thought, isOpen, controlTokens, family }),
      ]
    },
  }
}

/** Published templates need under 4,000 steps for a probe, and there are about forty probes. */
const probeLimits = { steps: 50_000 }

/** The marks that the family names, in place of those that were learned. */
function withFamilyMarks(
  learnedMarks: ThoughtMarks | undefined,
  { reasoning = {} }: TemplateFamily,
): ThoughtMarks | undefined {
  const { open, close } = reasoning
  if (open === undefined || close === undefined) return undefined
  const { closingText = `\n${close}\n\n` } = reasoning
  const field = learnedMarks?.field ?? 'reasoning_content'
  return { open, openingText: open, close, closingText, field, isRendered: true }
}

/**
 * An instruct model may have the template of its thinking sister, which drops past thoughts: marks
 * that no prompt shows and nothing switches are not its own.
 */
function isOfThinker({ thought, switch: learnedSwitch }: LearnedTemplate, name: string): boolean {
  return thought?.isRendered === true || learnedSwitch !== undefined || !/instruct/i.test(name)
}

/** The control tokens among the marks of thoughts, answers and calls. */
function findShownTokens(
  controlTokens: readonly string[],
  learnedTraits: readonly (object | undefined)[],
): Pick<ChatFormat, 'controlTokens'> {
  const marks = JSON.stringify(learnedTraits)
  const shownTokens = controlTokens.filter((token) => token !== '' && marks.includes(token))
  return shownTokens.length > 0 ? { controlTokens: shownTokens } : {}
}

interface ContinuationOptions {
  readonly thought: ThoughtMarks | undefined
  /** The template has opened a thought, which is closed before an answer. */
  readonly isOpen: boolean
  readonly controlTokens: readonly string[]
  readonly family: TemplateFamily
}

/** What follows the template's end of the prompt where a reply is continued. */
function renderContinuation(
  { content, reasoning = '' }: AssistantMessage,
  { thought, isOpen, controlTokens, family }: ContinuationOptions,
): Prompt {
  if (!thought) return [{ text: content }]
  const separate = (markup: string) => separateControlTokens(markup, controlTokens)
  const opening = reasoning && !isOpen ? separate(thought.openingText) : []
  const { answerOpening = '' } = family.reasoning ?? {}
  const closing = isOpen || reasoning ? thought.closingText : answerOpening
  return [...opening, { text: reasoning }, ...(content ? separate(closing) : []), { text: content }]
}

/** Whether the model goes on in a reply of which something is written. */
function continuesReply({ messages }: Conversation): boolean {
  const reply = findContinuedReply(messages)
  return Boolean(reply?.content) || Boolean(reply?.reasoning)
}
