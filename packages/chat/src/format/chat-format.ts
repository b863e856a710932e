import type { GenerateRequest, Message, Sampling, Tool } from '@nano/core'
import type { ReasoningMarkers, ReasoningSplitter } from '@nano/core/driver'
import type { Prompt } from '../prompt/prompt.ts'
import type { CallRule } from '../tool-calls/call-rules.ts'

/** A conversation as formats write it: what is left of a request once the rest is settled. */
export interface Conversation {
  readonly messages: readonly Message[]
  readonly reasoning: 'on' | 'off'
  readonly tools: readonly Tool[]
}

/**
 * How a model is told to think or not by who does not write its prompt, and leaves that to the
 * model's own template.
 */
export type ReasoningSwitch =
  | { readonly by: 'system-line'; readonly on: string; readonly off: string }
  /** A variable of the template, true or false. */
  | { readonly by: 'template-argument'; readonly name: string }

/**
 * How one model family reads and writes a conversation: data and pure functions, no tokens, no
 * weights.
 */
export interface ChatFormat {
  readonly name: string
  /**
   * Ends where the model goes on: after the assistant's header, or inside a reply marked
   * `continue`.
   */
  render(conversation: Conversation): Prompt
  /** Absent when the family does not reason. */
  readonly reasoning?: ReasoningMarkers & {
    readonly canTurnOff: boolean
    /** When the request does not say. */
    readonly default: 'on' | 'off'
    /** Absent where the family's own template has none, or always thinks. */
    readonly switch?: ReasoningSwitch
    /** What to write to end a thought that has used up its budget. */
    readonly closingText: string
    /** The prompt ends inside a thought: the template wrote the opener. */
    readonly promptOpensThought?: (conversation: Conversation) => boolean
    /**
     * The control tokens among markers and `closing`: an engine is asked to write them into the
     * text, and gets them back as such.
     */
    readonly controlTokens?: readonly string[]
    /** Splits replies of a family that has more to it than the two markers. */
    readonly splitReply?: (conversation: Conversation) => ReasoningSplitter
  }
  /** How the family's makers say to sample it; what they leave out is neutral. */
  readonly advice: { readonly on: Sampling; readonly off: Sampling }
  /**
   * Absent when the family has no syntax for tools. Puts a machine around `splitter` that turns
   * calls outside of thoughts into parts, and hands on the rest; what it cannot parse stays text.
   */
  readonly splitToolCalls?: (
    splitter: ReasoningSplitter,
    options: ToolCallOptions,
  ) => ReasoningSplitter
  /** Grammar of its calls, for replies that have to be one; absent, none can be demanded. */
  readonly callRule?: CallRule
}

/** What a reader of tool calls has to know of the conversation. */
export interface ToolCallOptions {
  /** The ids of earlier calls, which new ones do not repeat. */
  readonly earlierIds: readonly string[]
  /** What may be called; for syntaxes that do not tell text from other values. */
  readonly tools: readonly Tool[]
}

/** Whether the reply goes on with a thought that was begun, rather than with an answer. */
export function continuesThought({ messages }: Conversation): boolean {
  const last = messages.at(-1)
  return (
    last?.role === 'assistant' &&
    last.continue === true &&
    Boolean(last.reasoning) &&
    last.content === ''
  )
}

/** The conversation a request asks for, with everything it leaves out filled in. */
export function toConversation(request: GenerateRequest, format: ChatFormat): Conversation {
  const reasoning = request.reasoning ?? format.reasoning?.default ?? 'off'
  return {
    messages: request.messages,
    reasoning,
    tools: request.toolChoice === 'none' ? [] : (request.tools ?? []),
  }
}
