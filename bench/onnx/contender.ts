/** One reply, clocked from the outside. Milliseconds. */
export interface Reply {
  /** How many were sampled, the first and an end of turn included. */
  readonly tokens: number
  /** Of the prompt, already in a KV cache. */
  readonly cached: number
  /** From the call to the first token. */
  readonly first: number
  /** From the first token to the last. */
  readonly decoding: number
}

/** A prompt as token ids, and as the text they come from. */
export interface Prompt {
  readonly text: string
  readonly tokens: readonly number[]
}

/** One way to run an ONNX model, ready to be measured. Replies are greedy. */
export interface Contender {
  readonly name: string
  reply(prompt: Prompt, maxTokens: number): Promise<Reply>
  /** The tokens of a reply, to see that all do the same work. */
  tokens(prompt: Prompt, maxTokens: number): Promise<readonly number[]>
  close(): Promise<void>
}
