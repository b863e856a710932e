/**
 * The fewest tokens that a tokenizer has for an embedding matrix of that many rows. Exports pad the
 * matrix to a multiple of up to 128, and some models reserve rows, such as 2,385 of the 102,400 of
 * DeepSeek LLM. No known model has fewer tokens than 95% of its rows.
 */
export function minTokenCount(rows: number): number {
  return Math.min(rows - 127, Math.ceil(rows * 0.95))
}
