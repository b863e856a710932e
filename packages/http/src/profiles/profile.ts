import type { CompletionOptions } from '@nano/chat/engine'
import type { Sampling } from '@nano/core'
import type { ChatDialect } from '../chat/chat-dialect.ts'

/**
 * The servers there is a profile for; `openai-compatible` is every other one that speaks OpenAI's
 * chat completions.
 */
export const serverNames = [
  'llama-server',
  'vllm',
  'sglang',
  'ollama',
  'nim',
  'lm-studio',
  'tensorrt-llm',
  'tgi',
  'openai-compatible',
] as const
/** One of `serverNames`. */
export type ServerName = (typeof serverNames)[number]

/** What a server says of a model; unknown is absent. */
export interface Listed {
  /** What requests call it. */
  readonly id: string
  readonly contextLength?: number
}

/** What a server says of the one model that was chosen; unknown is absent. */
export interface Described {
  /** Its own name, where `id` is a path or an alias. */
  readonly name?: string
  readonly contextLength?: number
  readonly chatTemplate?: string
  /** The text of the tokens that begin and end a text, which templates write by name. */
  readonly bos?: string
  readonly eos?: string
  readonly vocabularySize?: number
  readonly parameters?: number
  readonly quantisation?: string
  /** The server's own switch for thoughts works for it. */
  readonly thinks?: boolean
  /** The control token that the server's tokenizer puts before a prompt. */
  readonly beginning?: string
  /** Its completions give token ids. */
  readonly tokenIds?: boolean
}

/** A question to a server, without a body, and what its answer says. */
export interface Question<Answer> {
  readonly path: string
  /** Nothing where the answer says nothing of the kind. */
  read(answer: unknown): Answer | undefined
}

/**
 * How one server is spoken to: data and pure functions. What differs between servers stands here,
 * and nowhere else.
 */
export interface Profile {
  readonly name: ServerName
  /** It is this server when the answer says so. */
  readonly sign: Question<true>
  readonly models: Question<readonly Listed[]>
  /** It has no others, and answers for a name it does not know with one it has. */
  readonly listsAll?: true
  /** Answered with 200 while it can serve, and at no cost; absent, the list of models is. */
  readonly health?: string
  /** What it tells of the model chosen, over as many answers as that takes. */
  readonly describe?: readonly {
    readonly path: string
    body?(model: string): object
    read(answer: unknown, model: string): Described | undefined
  }[]
  readonly chat: ChatDialect
  /** Absent where it does not take token ids. */
  readonly completions?: CompletionsDialect
  /** Absent where it has no exact one, in which control tokens and text are told apart. */
  readonly tokens?: TokensDialect
}

/** One text of a prompt, or one control token by its id. */
export type Piece = string | number

/** How a server is asked for tokens. */
export interface TokensDialect {
  readonly path: string
  /** Texts of which none may become a control token, in one question. */
  plain(pieces: readonly Piece[]): object
  /** One text that is a control token. */
  control(control: string): object
  tokens(answer: unknown): readonly number[]
  readonly detokenizePath: string
  detokenize(tokens: readonly number[]): object
  text(answer: unknown): string
}

/** What a completion is asked for. */
export interface CompletionAsk extends Pick<
  CompletionOptions,
  'maxTokens' | 'grammar' | 'logprobs'
> {
  readonly model: string
  readonly prompt: readonly number[]
  /** Complete: a server has defaults of its own. */
  readonly sampling: Required<Pick<Sampling, 'temperature' | 'topP' | 'topK' | 'minP' | 'seed'>> &
    Sampling
  /** Tokens that end the turn, where they are known here. */
  readonly ends: readonly number[]
}

/** How a server goes on with token ids. */
export interface CompletionsDialect {
  readonly path: string
  /** The settings it honours in the contract's meaning. */
  readonly sampling: readonly (keyof Sampling)[]
  /**
   * `tried`: whether it keeps to one depends on how it was started, and is found out with a
   * completion of a few tokens.
   */
  readonly grammar: 'yes' | 'tried'
  readonly logprobs: boolean
  /** Not used unless the server says that they give token ids. */
  readonly onlyIfTold?: boolean
  encode(ask: CompletionAsk): object
  /** Throws a `ZodError` for what is none of the agreed forms. */
  decode(value: unknown): CompletionStep
}

/** A token and its log-probability as a server names them; the text may be known only here. */
interface Named {
  readonly token: number
  readonly text?: string
  readonly logprob: number
}

/** What one value of a streamed completion says. */
export interface CompletionStep {
  /** Whole characters; absent where it is to be made of the tokens. */
  readonly text?: string
  readonly tokens: readonly number[]
  /** Tokens sampled so far, where it counts them: some may not be among `tokens`. */
  readonly count?: number
  /** Of `tokens`; the alternatives best first. */
  readonly logprobs?: readonly (Named & { readonly top: readonly Named[] })[]
  readonly end?: 'stop' | 'length'
  /** Why the server gave it up, in its own word. */
  readonly broken?: string
  /** Tokens of the prompt that are read, those from the cache included. */
  readonly prefill?: { readonly processed: number; readonly total: number; readonly cached: number }
  /**
   * Tokens of the prompt that were in the cache, where that is said beside the reply or after it.
   */
  readonly cached?: number
}
