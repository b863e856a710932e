import type { ErrorCode } from '@nano/core'
import type { Next } from '../decode/decoder.ts'
import type { Choosing, Sampled } from '../decode/sample-token.ts'

/** What a worker is asked, and what it answers. Plain data: it crosses threads. */
export interface Calls {
  open: { readonly ask: OpenSession; readonly answer: OpenedSession }
  begin: { readonly ask: Beginning & Choosing & Held; readonly answer: Begun }
  read: {
    readonly ask: { readonly sequence: number; readonly tokens: readonly number[] }
    readonly answer: void
  }
  /** Holds the reply to a grammar from here on, or to none. */
  hold: { readonly ask: { readonly sequence: number } & Held; readonly answer: void }
  next: { readonly ask: readonly Next[]; readonly answer: readonly NextAnswered[] }
  close: { readonly ask: object; readonly answer: void }
}

interface Beginning {
  readonly sequence: number
  readonly prompt: readonly number[]
  /**
   * Where no more tokens than these are to be read, they are, and the first token is sampled: a
   * journey between threads less.
   */
  readonly batchSize: number
}

interface Begun {
  /** Tokens of the prompt that were in the cache. */
  readonly cachedInput: number
  readonly first?: Sampled
}

/** A grammar in GBNF. */
interface Held {
  readonly grammar?: string
}

type NextAnswered = Sampled | { readonly error: Failure }

export type CallName = keyof Calls

export interface OpenSession {
  readonly path: string
  /** Cheap to keep twice in memory. */
  readonly small: boolean
  /** Milliseconds that a run of several steps may take; 0 for a step to a run. */
  readonly maxRunTime: number
  /** Tried in this order; the first that works is used. */
  readonly devices: readonly Device[]
  readonly threads?: number
  readonly vocabularySize: number
  /** Path of `tokenizer.json`, and the tokens that end a turn: grammars are over both. */
  readonly tokenizer: string
  readonly ends: readonly number[]
  readonly sequences: number
}

export type Device = 'cpu' | 'cuda' | 'webgpu'

interface OpenedSession {
  readonly device: Device
  /** The devices before it, which do not work here. */
  readonly without: readonly Device[]
}

export interface Asked {
  readonly id: number
  readonly name: CallName
  readonly ask: object
}

/** An error, to cross threads. */
export interface Failure {
  readonly code: ErrorCode
  readonly message: string
}

export type Answered =
  | { readonly id: number; readonly answer: unknown }
  | { readonly id: number; readonly error: Failure }
