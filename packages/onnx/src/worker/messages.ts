import type { ErrorCode } from '@nano/core'
import type { AttentionWindow } from '@nano/onnx-graph'
import type { SampledToken } from '../decode/sample-token.ts'
import type { ReplySettings } from '../decode/sequence.ts'
import type { StepRequest, StepResult } from '../decode/step-request.ts'
import type { ModelSize } from '../model-folder/model-size.ts'
import type { CacheSizes } from '../model-folder/read-config.ts'

/** The calls that a worker answers: what each takes and returns. Plain data: it crosses threads. */
export interface WorkerCalls {
  open: { readonly input: OpenInput; readonly output: OpenOutput }
  beginReply: { readonly input: ReplyInput; readonly output: ReplyOutput }
  readTokens: {
    readonly input: { readonly sequence: number; readonly tokens: readonly number[] }
    readonly output: void
  }
  /** Constrains the rest of a reply to a grammar, or to none. */
  setGrammar: {
    readonly input: { readonly sequence: number } & GrammarInput
    readonly output: void
  }
  sampleTokens: {
    readonly input: readonly StepRequest[]
    readonly output: readonly (StepResult | { readonly error: WorkerError })[]
  }
  close: { readonly input: object; readonly output: void }
}

export type WorkerCall = keyof WorkerCalls

/** Where ONNX Runtime runs a model. */
export type ExecutionProvider = 'cpu' | 'cuda' | 'webgpu'

/** How to open a model. */
export interface OpenInput {
  /** Path of the ONNX file. */
  readonly path: string
  /** Path of the ONNX file without a cache among its inputs that reads the start of a prompt. */
  readonly promptPath?: string
  /** What the configs say of the graph. */
  readonly architecture?: string
  readonly cacheSizes?: CacheSizes
  readonly attentionWindow?: AttentionWindow
  /** One that is not large may be in memory twice. */
  readonly modelSize: ModelSize
  /** Milliseconds that a run of several steps may take; 0 for one step per run. */
  readonly maxRunTime: number
  /** Tried in this order until one works. */
  readonly providers: readonly ExecutionProvider[]
  readonly threads?: number
  readonly vocabularySize: number
  /** Control tokens that grammars can demand, by their text. */
  readonly shownControlTokens?: readonly string[]
  /** Path of `tokenizer.json`: grammars are over its tokens. */
  readonly tokenizerPath: string
  /** The tokens that end a turn. */
  readonly endTokens: readonly number[]
  readonly sequenceCount: number
}

/** How a model was opened. */
export interface OpenOutput {
  readonly provider: ExecutionProvider
  /** The providers that were tried before and do not work here. */
  readonly unavailableProviders: readonly ExecutionProvider[]
}

/** A grammar in GBNF. */
interface GrammarInput {
  readonly grammar?: string
}

interface ReplyInput extends ReplySettings, GrammarInput {
  readonly sequence: number
  readonly prompt: readonly number[]
  /**
   * Where at most this many tokens of the prompt are not in the cache, the call reads them and
   * samples the first token, which saves a call.
   */
  readonly batchSize: number
}

interface ReplyOutput {
  /** Tokens of the prompt that were in the cache. */
  readonly cachedInput: number
  readonly firstToken?: SampledToken
}

/** A call, as the main thread posts it. */
export interface WorkerRequest {
  readonly id: number
  readonly call: WorkerCall
  readonly input: object
}

/** The answer to a call, as the worker posts it. */
export type WorkerResponse =
  | { readonly id: number; readonly output: unknown }
  | { readonly id: number; readonly error: WorkerError }

/** What crosses threads of a `NanoError`. */
export interface WorkerError {
  readonly code: ErrorCode
  readonly message: string
}
