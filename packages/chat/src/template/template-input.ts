import type { Message } from '@nano/core'
import type { ReasoningSwitch } from '../format/chat-format.ts'
import type { ProbeOptions } from '../learn/template-probe.ts'
import { type CallIdForm, withIdForm } from '../prompt/call-id-forms.ts'
import { type Conversation, findContinuedReply } from '../prompt/conversation.ts'
import type { TemplateInput } from './chat-template.ts'
import { toTemplateMessages, toTemplateTools } from './template-messages.ts'

interface InputOptions {
  readonly thoughtField?: string | undefined
  readonly idForm?: CallIdForm | undefined
  readonly needsToolNames: boolean
  readonly needsDescriptions: boolean
  readonly mergesTextAndThought: boolean
  readonly switch?: ReasoningSwitch | undefined
  /** A second name of the variable with the tools. */
  readonly toolsVariable?: string | undefined
}

/** What a template is rendered with for a conversation, without a reply to continue. */
export function toTemplateInput(
  { messages, reasoning, tools }: Conversation,
  options: InputOptions,
): TemplateInput {
  const { idForm, switch: learnedSwitch, toolsVariable } = options
  const finishedMessages = addSwitchLine(
    findContinuedReply(messages) ? messages.slice(0, -1) : messages,
    {
      reasoning,
      learned: learnedSwitch,
    },
  )
  const templateTools = toTemplateTools(tools, { describesAll: options.needsDescriptions })
  return {
    messages: toTemplateMessages(idForm ? withIdForm(finishedMessages, idForm) : finishedMessages, {
      thoughtField: options.thoughtField,
      namesTools: options.needsToolNames,
      mergesTextAndThought: options.mergesTextAndThought,
    }),
    tools: templateTools,
    opensReply: true,
    variables: {
      ...switchVariables(learnedSwitch, reasoning),
      ...(toolsVariable && tools.length > 0 && { [toolsVariable]: templateTools }),
    },
  }
}

/** What a template is rendered with for a probe. */
export function toProbeInput(
  messages: readonly Message[],
  {
    tools = [],
    opensReply = false,
    variables = {},
    namesTools = true,
    thoughtField,
  }: ProbeOptions = {},
): TemplateInput {
  return {
    messages: toTemplateMessages(messages, { thoughtField, namesTools }),
    tools: toTemplateTools(tools),
    opensReply,
    variables: { enable_thinking: true, ...variables },
  }
}

/**
 * The variable that most templates read, and the one that switches this model. The latter stays
 * unset where the template does by itself what is asked for.
 */
function switchVariables(
  learnedSwitch: ReasoningSwitch | undefined,
  reasoning: Conversation['reasoning'],
): Readonly<Record<string, unknown>> {
  const common = { enable_thinking: reasoning === 'on' }
  if (learnedSwitch?.by !== 'template-argument' || learnedSwitch.templateDefault === reasoning)
    return common
  const { name, on = true, off = false } = learnedSwitch
  return { ...common, [name]: reasoning === 'on' ? on : off }
}

/** The messages with the line that switches reasoning off; templates have it on by themselves. */
function addSwitchLine(
  messages: readonly Message[],
  {
    reasoning,
    learned,
  }: {
    readonly reasoning: Conversation['reasoning']
    readonly learned: ReasoningSwitch | undefined
  },
): readonly Message[] {
  if (learned?.by !== 'system-line' || reasoning === 'on') return messages
  const [firstMessage, ...otherMessages] = messages
  return firstMessage?.role === 'system'
    ? [{ ...firstMessage, content: `${firstMessage.content}\n${learned.off}` }, ...otherMessages]
    : [{ role: 'system', content: learned.off }, ...messages]
}
