import type { DriverCapabilities } from '../capabilities.ts'
import type { OutputReader } from '../output-reader.ts'
import type { Part } from '../part.ts'
import type { GenerateRequest } from '../request.ts'

/** Tokens of the prompt read so far, and in all. */
export interface PrefillProgress {
  readonly processed: number
  readonly total: number
}

/** What travels with a call but is not part of it. */
export interface Call {
  readonly signal: AbortSignal
  /** Called while the prompt is read, by drivers that know. */
  readonly onPrefill?: (progress: PrefillProgress) => void
  /**
   * Called whenever the model has written something, also where that gives the caller no part: the
   * pieces of a tool call, or a thought that nobody asked for. A pool of servers listens.
   */
  readonly onProgress?: () => void
  /** Reads what the model writes by the caller's own schemas, which may be those of a library. */
  readonly reader?: OutputReader
}

/** A prompt as the model reads it. */
export interface Rendered {
  /** For people: control tokens are written out, and look like text that reads the same. */
  readonly text: string
  readonly tokens: readonly number[]
}

/** CPU threads that compute the batches of a model. */
export interface ThreadCounts {
  /** For a batch of many tokens of a prompt. */
  readonly prefill: number
  /** For one token of one reply. */
  readonly decode: number
  /** For one token of each of several replies. */
  readonly decodeTogether: number
}

/** What is really loaded, and where; unknown is absent. */
export interface ModelInfo {
  readonly model: string
  /** Prompt and reply together, in tokens. */
  readonly contextLength?: number
  readonly quantization?: string
  /** The device really used, e.g. `cpu` or `cuda (NVIDIA H100)`. */
  readonly device?: string
  /** The chat format in use, e.g. `nemotron`. */
  readonly format?: string
  /** Trained weights, as a count. */
  readonly parameters?: number
  /** How many threads each kind of batch has, where that is chosen here. */
  readonly threads?: ThreadCounts
}

/**
 * What an adapter implements. `Model` sits in front of it: requests arrive validated and within
 * `capabilities`, with `reasoning` filled in for a conversation, never after `close`, and never
 * aborted beforehand. Only `stream` generates; `Model.generate` collects it, so the two cannot
 * disagree. The optional methods are claims: a driver has them only where their results are exact.
 */
export interface Driver {
  /** For people and traces, e.g. `retry(llama-cpp)`; never branch on it. */
  readonly name: string
  readonly capabilities: DriverCapabilities
  readonly info: ModelInfo
  /** Starts at the first `next()`. An abort throws `signal.reason`; `return()` frees the slot. */
  stream(request: GenerateRequest, call: Call): AsyncIterable<Part>
  /** Token ids of `text` as plain text: no control tokens, nothing added. */
  tokenize?(text: string): Promise<readonly number[]>
  /** Throws `invalid-request` for an id that the vocabulary does not have. */
  detokenize?(tokens: readonly number[]): Promise<string>
  /** Tokens of the whole prompt. */
  countTokens?(request: GenerateRequest): Promise<number>
  /** The prompt as the model reads it. */
  render?(request: GenerateRequest): Promise<Rendered>
  /** Called at most once, after the signals of all open streams were aborted with `closed`. */
  close(): Promise<void>
}

/** Driver in, driver out. Must itself pass the conformance suite. */
export type Middleware = (inner: Driver) => Driver
