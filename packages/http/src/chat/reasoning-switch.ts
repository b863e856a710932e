import type { ChatFormat } from '@nano/chat'
import type { ReasoningSwitch } from '@nano/chat/engine'
import type { Message } from '@nano/core'
import type { DriverCapabilities } from '@nano/core/driver'
import type { ChatDialect } from './chat-dialect.ts'

/**
 * How a server's chat is told to reason or not. `server-field` is a field of the server's own;
 * `common-arguments` are the variables that most templates read, for a model of an unknown family.
 */
export type ChatReasoningSwitch =
  | ReasoningSwitch
  | { readonly by: 'server-field' }
  | { readonly by: 'common-arguments' }

interface SwitchOptions {
  readonly dialect: ChatDialect
  readonly format: ChatFormat | undefined
  /** The server's field works for this model. */
  readonly hasReasoningField: boolean
}

/**
 * Finds the switch that server and model share. A line of the system message reaches every model
 * that reads one, and a template that reads one has no other switch.
 */
export function findReasoningSwitch({
  dialect,
  format,
  hasReasoningField,
}: SwitchOptions): ChatReasoningSwitch | undefined {
  const formatSwitch = format?.reasoning?.switch
  if (formatSwitch?.by === 'system-line') return formatSwitch
  if (hasReasoningField && format?.reasoning?.canTurnOff !== false) return { by: 'server-field' }
  if (format === undefined && dialect.ignoresUnknownArguments) return { by: 'common-arguments' }
  return dialect.takesTemplateArguments ? formatSwitch : undefined
}

/** The template's variables that turn reasoning on or off; nothing for another kind of switch. */
export function switchArguments(
  reasoningSwitch: ChatReasoningSwitch | undefined,
  isReasoning: boolean,
): Readonly<Record<string, unknown>> | undefined {
  switch (reasoningSwitch?.by) {
    case 'template-argument': {
      const { name, on = true, off = false } = reasoningSwitch
      return { [name]: isReasoning ? on : off }
    }
    case 'common-arguments':
      return { enable_thinking: isReasoning, thinking: isReasoning }
    default:
      return undefined
  }
}

/**
 * Without a switch the model reasons, or does not, as its template has it. A model of an unknown
 * family may reason: its thoughts are then given or left out.
 */
export function reasoningCapability(
  reasoningSwitch: ChatReasoningSwitch | undefined,
  format: ChatFormat | undefined,
): DriverCapabilities['reasoning'] {
  if (reasoningSwitch || !format) return 'optional'
  if (!format.reasoning) return 'never'
  const { switch: formatSwitch } = format.reasoning
  const isOff = formatSwitch?.by === 'template-argument' && formatSwitch.templateDefault === 'off'
  return isOff ? 'never' : 'always'
}

/**
 * Joins the system messages to one, with the switch as its first line. A template would otherwise
 * read the caller's text in place of the switch.
 */
export function joinSystemMessages(
  messages: readonly Message[],
  switchLine: string | undefined,
): readonly Message[] {
  const texts = messages.flatMap((message) => (message.role === 'system' ? [message.content] : []))
  const lines = switchLine === undefined ? texts : [switchLine, ...texts]
  return [
    ...(lines.length > 0 ? [{ role: 'system' as const, content: lines.join('\n\n') }] : []),
    ...messages.filter(({ role }) => role !== 'system'),
  ]
}
