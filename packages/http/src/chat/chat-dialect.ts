import type { GenerateRequest, Message, Sampling, ToolCall, Usage } from '@nano/core'

/** What a chat is asked for, with all defaults filled in. */
export interface ChatRequest {
  /** The name that requests use. */
  readonly model: string
  readonly request: GenerateRequest
  /** With the reasoning switch, where that is a line of the system message. */
  readonly messages: readonly Message[]
  readonly sampling: Sampling
  /** Variables of the model's chat template. */
  readonly templateArguments?: Readonly<Record<string, unknown>>
  /** The fields in which the server reads thoughts of earlier replies. */
  readonly thoughtFields: readonly ThoughtField[]
  /** Sent where the server has a field for reasoning. */
  readonly reasoningField?: boolean
  /** Tokens of prompt and reply together, for servers that take it with each request. */
  readonly contextLength?: number | undefined
  /** Stop strings that the server matches; empty with reasoning, where it would cut a thought. */
  readonly stop: readonly string[]
}

/** A piece of a tool call. */
export interface ToolCallDelta {
  /** The position of its call in the reply. */
  readonly index?: number
  readonly id?: string
  readonly name?: string
  /** A piece of the arguments' JSON text. */
  readonly argumentsText?: string
  /** All arguments, where the server has parsed them. */
  readonly input?: ToolCall['input']
}

/** Where servers write a thought beside the text. */
export type ThoughtField = 'reasoning' | 'reasoning_content' | 'thinking'

/** What one value of a streamed chat says. */
export interface ChatStep {
  readonly reasoning?: string | undefined
  /** The field that `reasoning` was in. */
  readonly thoughtField?: ThoughtField | undefined
  readonly text?: string | undefined
  readonly toolCalls?: readonly ToolCallDelta[] | undefined
  /** The server's own word. */
  readonly rawFinishReason?: string | undefined
  readonly usage?: Usage | undefined
  /** No value follows. */
  readonly isLast?: boolean
}

/** How a server counts the tokens of a prompt. */
export interface PromptCount {
  readonly path: string
  encode(chat: ChatRequest): object
  decode(response: unknown): number
}

/** How a server's chat is spoken, and what it can do. */
export interface ChatDialect {
  readonly path: string
  /** The settings that the server applies in the contract's meaning. */
  readonly sampling: readonly (keyof Sampling)[]
  /** It passes variables on to the model's chat template. */
  readonly takesTemplateArguments: boolean
  /** It ignores variables that the template does not read. */
  readonly ignoresUnknownArguments: boolean
  /**
   * The fields in which it reads the thoughts of earlier replies; `as-received`, the one in which
   * it sends them.
   */
  readonly thoughtFields: readonly ThoughtField[] | 'as-received'
  /** It has a field that turns reasoning on and off, for the models that it knows to reason. */
  readonly hasReasoningField: boolean
  readonly continuation: boolean
  readonly tools: 'never' | 'offered' | 'forced'
  readonly schema: boolean
  /** Absent where the server cannot count a prompt exactly. */
  readonly promptCount?: PromptCount
  encode(chat: ChatRequest): object
  /** Throws a `ZodError` for a value of another form. */
  decode(value: unknown): ChatStep
}
