/** A call without its id. */
export interface ParsedCall {
  readonly name: string
  readonly input: object
}

/** How one call is written. */
export interface CallSyntax {
  readonly begins: string
  /** It is told from text even where its opening tag is missing. */
  readonly bare?: boolean
  /** A reader of one call that stands between tags, or has no opening tag. */
  reader(options: { readonly closers: readonly string[]; readonly bare: boolean }): CallReader
}

/**
 * Reads one call. It looks at every character once: scanning from the start at every push is O(n²).
 */
export interface CallReader {
  /** Reads on; nothing while the call is open. */
  read(text: string): Ending | undefined
  /** All that was read, what is behind the call included. */
  readonly written: string
  /** The call that was meant, if the reply ended here and that can be told. */
  mended(): ParsedCall | undefined
}

/** Where a call ends. */
export interface Ending {
  /** How much of all that was read is the call, or what there is of it. */
  readonly at: number
  /** Absent where it is none. */
  readonly call?: ParsedCall | undefined
  /** The closing tag that follows at once, and told that the call will never be whole. */
  readonly closer?: string
}
