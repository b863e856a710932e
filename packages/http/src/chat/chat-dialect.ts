import type { GenerateRequest, Message, Sampling, ToolCall, Usage } from '@nano/core'
import type { ScoredStep } from '../completions/completions-dialect.ts'

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
  readonly reasoningFieldValue?: boolean
  /** Tokens of prompt and reply together, for servers that take it with each request. */
  readonly contextLength?: number | undefined
  /** Stop strings that the server matches; empty with reasoning, where it would cut a thought. */
  readonly stop: readonly string[]
  /** The model's template writes several calls in one reply; absent where that is unknown. */
  readonly callsInParallel?: boolean | undefined
}

/**
 * How a server's chat goes on with a last reply.
 * - `rendered`: the template writes the reply, and the prompt ends behind its content;
 * - `rendered-content`: likewise, and the template leaves a thought in a field of its own out;
 * - `appended`: the content stands behind the prompt of a new reply;
 * - `thought-field`: likewise, with the thought before it, in the marks of the template;
 * - `prefill`: likewise, without a thought, and with each last reply, marked or not;
 * - `none`: not at all.
 */
export type ContinuationForm =
  | 'rendered'
  | 'rendered-content'
  | 'appended'
  | 'thought-field'
  | 'prefill'
  | 'none'

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
export type ThoughtField = 'reasoning' | 'reasoning_content' | 'thinking' | 'reasoning_text'

/** What one value of a streamed chat says. */
export interface ChatStep {
  readonly reasoning?: string | undefined
  /** The field that `reasoning` was in. */
  readonly thoughtField?: ThoughtField | undefined
  readonly text?: string | undefined
  readonly toolCalls?: readonly ToolCallDelta[] | undefined
  /** Of the step's tokens, where the request asks for them. */
  readonly logprobs?: readonly ScoredStep[] | undefined
  /** The server's own word. */
  readonly rawFinishReason?: string | undefined
  readonly usage?: Usage | undefined
  /** No value follows. */
  readonly isLast?: boolean
}

/** Whether a step has a piece of the reply. */
export function hasContent({ reasoning, text, toolCalls }: ChatStep): boolean {
  return Boolean(reasoning || text || toolCalls?.length)
}

/** How a server counts the tokens of a prompt. */
export interface PromptCount {
  readonly path: string
  encode(chat: ChatRequest): object
  decode(response: unknown): number
}

/** How a server turns one token into its text. */
export interface TokenText {
  readonly path: string
  encode(model: string, token: number): object
  decode(response: unknown): string
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
  /** Absent where the version of the server decides. What it says of the model counts first. */
  readonly continuation?: ContinuationForm
  /** It goes on with a last reply that is not marked, too, and nothing keeps it from that. */
  readonly continuesUnmarked: boolean
  readonly tools: 'never' | 'offered' | 'forced'
  readonly schema: boolean
  /** `without-tools`: not in one request with tools. */
  readonly logprobs: 'never' | 'without-tools' | 'always'
  /** Where log-probabilities name tokens by their ids alone. */
  readonly tokenText?: TokenText
  /** Absent where the server cannot count a prompt exactly. */
  readonly promptCount?: PromptCount
  encode(chat: ChatRequest): object
  /** Throws a `ZodError` for a value of another form. */
  decode(value: unknown): ChatStep
}
