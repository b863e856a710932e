import type { CompletionOptions, Increment, Prompt, Steering } from '@nano/chat/engine'
import type { ErrorCode } from '@nano/core'
import type { PrefillProgress } from '@nano/core/driver'
import type { LlamaCppEngine } from '../engine/engine.ts'
import type { EngineFormat, LoadOptions } from '../load/open-engine.ts'
import type { StateSource, StateTarget } from '../state/sequence-state.ts'

/**
 * The calls that the process of an engine answers: what each takes, what it returns, and what it
 * tells meanwhile. Plain data: it crosses processes.
 */
export interface EngineCalls {
  /** Tells the share of the weights that is loaded. */
  open: { readonly input: OpenInput; readonly output: EngineClaims; readonly event: number }
  complete: {
    readonly input: CompleteInput
    readonly output: void
    readonly event: CompletionEvent
  }
  tokenize: { readonly input: Prompt; readonly output: readonly number[]; readonly event: never }
  detokenize: { readonly input: readonly number[]; readonly output: string; readonly event: never }
  saveState: {
    readonly input: { readonly prompt: readonly number[]; readonly target: Sent<StateTarget> }
    readonly output: number
    readonly event: never
  }
  loadState: { readonly input: Sent<StateSource>; readonly output: void; readonly event: never }
  close: { readonly input: undefined; readonly output: void; readonly event: never }
}

export type EngineCall = keyof EngineCalls

/** What crosses processes of options. */
type Sent<Options> = Omit<Options, 'signal' | 'onLoad' | 'onPrefill'>

/** What an engine says of itself. */
export type EngineClaims = Omit<LlamaCppEngine, Exclude<EngineCall, 'open'>>

interface OpenInput {
  /** Path of a GGUF file. */
  readonly path: string
  readonly format: EngineFormat | undefined
  readonly options: Sent<LoadOptions>
}

interface CompleteInput {
  readonly prompt: readonly number[]
  readonly options: Sent<CompletionOptions>
}

export type CompletionEvent =
  | { readonly increment: Increment }
  | { readonly prefill: PrefillProgress }

/** What the app's process sends: a call, or something more about the call with that id. */
export type EngineRequest =
  | { readonly id: number; readonly call: EngineCall; readonly input: unknown }
  | ({ readonly id: number } & CallMessage)

export type CallMessage =
  /** The reader of a completion has taken an increment, and steers or does not. */
  { readonly taken: Steering | undefined } | { readonly aborted: true }

/** What the process of the engine sends of a call: any number of events, then how it ended. */
export type EngineResponse =
  | { readonly id: number; readonly event: unknown }
  | { readonly id: number; readonly output: unknown }
  | { readonly id: number; readonly error: SentError }

/** What crosses processes of an error; only a `NanoError` has a code. */
export interface SentError {
  readonly code?: ErrorCode
  readonly message: string
  readonly retryable?: boolean
  readonly cause?: Pick<Error, 'name' | 'message'>
}
