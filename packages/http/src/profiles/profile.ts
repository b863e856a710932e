import type { ChatDialect, ContinuationForm } from '../chat/chat-dialect.ts'
import type { CompletionsDialect } from '../completions/completions-dialect.ts'
import type { ServerName } from '../server-names.ts'
import type { TokenizerDialect } from '../tokenizer/server-tokenizer.ts'

/** What a server's list says of a model; unknown is absent. */
export interface ListedModel {
  /** The name that requests use. */
  readonly id: string
  /** The path or name of the model that is served under `id`. */
  readonly root?: string
  /** The path or name of the model that an adapter is for. */
  readonly base?: string
  /** Other names that requests may use. */
  readonly aliases?: readonly string[]
  readonly contextLength?: number
}

/** The model that the options name, or the only one. */
export interface ChosenModel extends ListedModel {
  /** The server lists others too, so what it says of itself may not tell them apart. */
  readonly isOneOfSeveral: boolean
}

/** What a server says of the chosen model; unknown is absent. */
export interface ServedModel {
  /** The model's own name, where `id` is a path or an alias. */
  readonly name?: string
  readonly contextLength?: number
  readonly chatTemplate?: string
  /** The text of the token that begins a text, which templates write by this name. */
  readonly bosToken?: string
  /** The text of the token that ends a text, which templates write by this name. */
  readonly eosToken?: string
  readonly vocabularySize?: number
  readonly parameters?: number
  readonly quantization?: string
  /** The server can turn the model's reasoning on and off by a field of its own. */
  readonly hasReasoningField?: boolean
  /** The control token that the server's tokenizer puts before each prompt. */
  readonly prependedToken?: string
  /** The server's completions return token ids. */
  readonly returnsTokenIds?: boolean
  /** How this version of the server goes on with a reply. */
  readonly continuation?: ContinuationForm
  /** The model's template begins a thought at the end of the prompt. */
  readonly opensThought?: boolean
  /** The model's template writes several calls in one reply. */
  readonly callsInParallel?: boolean
}

/** A request without a body, and what its response says. */
export interface Probe<Result> {
  readonly path: string
  /** Returns nothing where the response does not say it. */
  read(response: unknown): Result | undefined
}

/** A request about one model, and what its response says. */
export interface ModelProbe {
  readonly path: string
  /** Used only where the probes before it did not say this. */
  readonly unlessKnown?: keyof ServedModel
  /** Some versions answer 500 because they refuse what it asks, so such a failure is no news. */
  readonly mayBeRefused?: true
  /** Adds the model to the path. */
  readonly namesModel?: true
  /** Sent with POST; without it the request is a GET. */
  body?(model: string): object
  read(response: unknown, model: string): ServedModel | undefined
}

/**
 * How to speak with one server: data and pure functions. Everything that differs between servers is
 * in their profiles and in the table of `sampling.ts`.
 */
export interface Profile {
  readonly name: ServerName
  /** Reads `true` from the response of this server. */
  readonly identify: Probe<true>
  readonly models: Probe<readonly ListedModel[]>
  /** The list is complete: a server answers 404 for another name, or with a model that it has. */
  readonly listsEveryModel?: true
  /** Answers 200 while the server can serve, at no cost; absent, the list of models does. */
  readonly healthPath?: string
  /** What to ask about the chosen model; later answers override earlier ones. */
  readonly describe?: readonly ModelProbe[]
  readonly chat: ChatDialect
  /** Absent where the server takes no token ids. */
  readonly completions?: CompletionsDialect
  /** Absent where the server has no tokenizer that tells control tokens from text. */
  readonly tokenizer?: TokenizerDialect
}
