/** Splits the text of a body, which arrives in pieces, into JSON texts. */
export interface BodySplitter {
  /** Returns the JSON texts that `text` completes. */
  push(text: string): readonly string[]
  /** Returns the JSON texts that the end of the body completes. */
  end(): readonly string[]
}
