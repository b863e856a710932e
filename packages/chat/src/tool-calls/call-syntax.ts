import type { Tool } from '@nano/core'

/** What a splitter of tool calls needs to know about the conversation. */
export interface ToolCallOptions {
  /** The ids of earlier calls, which new calls do not repeat. */
  readonly earlierIds: readonly string[]
  /** The tools on offer, for syntaxes that do not tell text from other values. */
  readonly tools: readonly Tool[]
  /** What the reply to continue has already said. */
  readonly earlierText?: string | undefined
  /** One of the tools has to be called. */
  readonly demandsCall?: boolean | undefined
}

/** What stands around a block of calls. Some syntaxes have nothing that ends one. */
export interface CallTags {
  readonly open: string
  readonly close?: string | undefined
  /** They begin a reply: elsewhere `open` is text. */
  readonly needsReplyStart?: boolean
}

/** A call, with its id where the model wrote one. */
export interface ParsedCall {
  readonly id?: string
  readonly name: string
  readonly input: object
}

/** How one call is written. */
export interface CallSyntax {
  /** What every call starts with. */
  readonly start: string
  /** Whether `start` marks a call that has no opening tag. */
  readonly canLackTag?: boolean
  /** What separates calls that begin with no mark of their own. */
  readonly separator?: ',' | '\n' | undefined
  /** A call without a tag stands at the start of the reply: elsewhere `start` is text. */
  readonly needsReplyStart?: boolean
  /** A reader of one call. */
  reader(options: CallReaderOptions): CallReader
}

/** Where a call stands. */
interface CallReaderOptions {
  /** The tags that can close it. */
  readonly closingTags: readonly string[]
  /** It has no opening tag. */
  readonly lacksTag: boolean
}

/**
 * Reads one call. It reads each character once, because scanning from the start at every push is
 * O(n²).
 */
export interface CallReader {
  /** Reads more text. Returns the end of the call, or undefined while it is open. */
  read(text: string): CallEnd | undefined
  /** Everything read, including what follows the call. */
  readonly source: string
  /** The call, completed, if the reply ended here; undefined where it cannot be told. */
  complete(): ParsedCall | undefined
}

/** The end of a call. */
export interface CallEnd {
  /** Length of the call in everything read. */
  readonly length: number
  /** Absent where it turned out to be no call. */
  readonly call?: ParsedCall | undefined
  /** The closing tag that follows at once and shows that the call will never be complete. */
  readonly closingTag?: string
}
