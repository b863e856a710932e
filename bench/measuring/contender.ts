/** A prompt and the length of its reply. A contender reads the text or the tokens: both agree. */
export interface Task {
  readonly text: string
  readonly tokens: readonly number[]
  readonly maxTokens: number
}

/** What one reply took. */
export interface Reply {
  /** Tokens sampled, the first one and the end of the turn included. */
  readonly outputTokens: number
  /** Tokens of the prompt that were in the KV cache already; absent where that is unknown. */
  readonly cachedInputTokens?: number
  /** Milliseconds from the call to the first token; absent where that is unknown. */
  readonly firstTokenTime?: number
  /** Milliseconds from the first token to the last: `outputTokens - 1` steps. */
  readonly decodeTime: number
  /** The thought and the answer; absent where the contender gives tokens alone. */
  readonly text?: string
}

/** One way to run a model, ready to be measured. */
export interface Contender {
  readonly name: string
  /** Decodes greedily. Calls that overlap use different slots. */
  generate(task: Task, slot?: number): Promise<Reply>
  close(): Promise<void>
}

/** A contender that can also give the tokens of a reply, to check that all do the same work. */
export interface TokenContender extends Contender {
  generateTokens(task: Task): Promise<readonly number[]>
}
