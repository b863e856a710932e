import type { Sampling } from './request.ts'

/**
 * What a driver can honour. What it claims it is tested for, one law or more each; what it does not
 * claim is refused with `unsupported` before any work. Core never asks which driver it is.
 */
export interface Capabilities {
  /** `optional`: can be turned on and off; `always`: cannot be turned off. */
  readonly reasoning: 'never' | 'always' | 'optional'
  readonly reasoningBudget: boolean
  /**
   * The settings of `sampling` it honours. A driver without chance claims `temperature`, which the
   * laws set to 0.
   */
  readonly sampling: readonly (keyof Sampling)[]
  readonly logprobs: boolean
  /** `offered`: the model may call tools; `forced`: `toolChoice` can demand a call as well. */
  readonly tools: 'never' | 'offered' | 'forced'
  /**
   * The answer holds to a JSON Schema, or the reply fails with `bad-output`; one that was cut says
   * so, as `length`.
   */
  readonly schema: boolean
  /** Names of the LoRA adapters a request can ask for. */
  readonly loras: readonly string[]
  /** A last assistant message marked `continue` is gone on with. */
  readonly continuation: boolean
  /** `tokenize` and `detokenize`, exact. */
  readonly tokenize: boolean
  /** The size of a whole prompt, exact: what `usage.input` then reports. */
  readonly countTokens: boolean
  /** The prompt as text and tokens, exact. */
  readonly render: boolean
  /** Text from users can never become a control token. */
  readonly controlTokensApart: boolean
}
