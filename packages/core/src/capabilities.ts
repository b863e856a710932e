import type { Sampling } from './sampling.ts'

/**
 * What a driver can honor. The conformance suite tests every claim; what a driver does not claim is
 * refused with `unsupported` before any work. Core never asks which driver it is.
 */
export interface DriverCapabilities {
  /** It answers conversations: `messages`. */
  readonly chat: boolean
  /** It completes a text as it stands: `prompt`. */
  readonly completion: boolean
  /** `optional`: can be turned on and off; `always`: cannot be turned off. */
  readonly reasoning: 'never' | 'always' | 'optional'
  readonly reasoningBudget: boolean
  /**
   * The sampling settings that the driver honors. A driver that always decodes greedily claims
   * `temperature`, because the laws set it to 0.
   */
  readonly sampling: readonly (keyof Sampling)[]
  readonly logprobs: boolean
  /** `offered`: the model may call tools; `forced`: `toolChoice` can also demand a call. */
  readonly tools: 'never' | 'offered' | 'forced'
  /**
   * The answer satisfies a JSON Schema, or the reply fails with `bad-output`; an answer that was
   * cut finishes with `length`.
   */
  readonly schema: boolean
  /** Names of the LoRA adapters that a request can ask for. */
  readonly loras: readonly string[]
  /** A last assistant message marked `continue` is continued. */
  readonly continuation: boolean
  /** Text from users can never become a control token. */
  readonly controlTokensApart: boolean
}

/** What a model can honor: the claims of its driver, and the methods that its driver has. */
export interface Capabilities extends DriverCapabilities {
  /** `tokenize` and `detokenize` are there, and exact. */
  readonly tokenize: boolean
  /** `countTokens` is there, and gives what `usage.input` then reports. */
  readonly countTokens: boolean
  /** `render` is there, and gives the exact prompt. */
  readonly render: boolean
}
