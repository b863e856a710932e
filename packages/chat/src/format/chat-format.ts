import type { Sampling } from '@nano/core'
import type { ReasoningMarkers, ReasoningSplitter } from '@nano/core/driver'
import type { Conversation } from '../prompt/conversation.ts'
import type { Prompt } from '../prompt/prompt.ts'
import type { CallRule } from '../tool-calls/described-call-rule.ts'
import type { ToolCallOptions } from '../tool-calls/call-syntax.ts'

/**
 * How one model family reads and writes a conversation: data and pure functions, without tokens or
 * weights.
 */
export interface ChatFormat {
  readonly name: string
  /**
   * Renders a prompt that ends where the model continues: after the header of its reply, or inside
   * a reply that is marked `continue`.
   */
  render(conversation: Conversation): Prompt
  /** Prompts leave system messages out. An engine refuses them, because nobody would notice. */
  readonly dropsSystem?: 'always' | 'with-tools'
  /** Prompts have only the first of several calls in a past reply. An engine refuses the others. */
  readonly dropsLaterCalls?: boolean
  /** Absent where the family does not reason. */
  readonly reasoning?: ReasoningFormat
  /**
   * The control tokens among the marks of thoughts and calls. An engine is asked to show them in
   * the text, and gets them back as control tokens.
   */
  readonly controlTokens?: readonly string[]
  /** Control tokens that end a turn, besides those that the model's file names. */
  readonly turnEnds?: readonly string[]
  /** How the family's authors advise to sample it; a setting left out is neutral. */
  readonly advice: { readonly on: Sampling; readonly off: Sampling }
  /**
   * Wraps a splitter with one that turns tool calls outside of thoughts into parts and passes
   * everything else on. What it cannot parse stays text. Absent where the family cannot call tools.
   */
  readonly splitToolCalls?: (
    splitter: ReasoningSplitter,
    options: ToolCallOptions,
  ) => ReasoningSplitter
  /** The grammar of its tool calls. Absent where no call can be demanded. */
  readonly callRule?: CallRule
}

/** How a family writes thoughts, and how its reasoning is switched. */
export interface ReasoningFormat extends ReasoningMarkers {
  readonly canTurnOff: boolean
  /** Absent where the family's own template has no switch. */
  readonly switch?: ReasoningSwitch
  /** What ends a thought whose budget is used up. */
  readonly closingText: string
  /** Whether the prompt ends inside a thought, because the template writes the opening marker. */
  readonly promptOpensThought?: (conversation: Conversation) => boolean
  /** What stands before an answer without a thought. Absent where it begins at once. */
  readonly answerOpening?: string
  /** What the family writes around an answer, which is dropped. Absent where it writes nothing. */
  readonly answer?: ReasoningMarkers
  /** Splits replies of a family that has more syntax than the two markers. */
  readonly splitReply?: (conversation: Conversation) => ReasoningSplitter
}

/**
 * How reasoning is switched by a client that does not write the prompt, such as a client of a
 * server that renders the model's own template.
 */
export type ReasoningSwitch =
  | { readonly by: 'system-line'; readonly on: string; readonly off: string }
  /** A variable of the template, and what the template does where nobody sets it. */
  | {
      readonly by: 'template-argument'
      readonly name: string
      /** The values for on and off; true and false where they are absent. */
      readonly on?: unknown
      readonly off?: unknown
      readonly templateDefault: 'on' | 'off'
    }

/** The template variable that most templates with a switch read. */
export const enableThinking: ReasoningSwitch = {
  by: 'template-argument',
  name: 'enable_thinking',
  templateDefault: 'on',
}
