/**
 * The fewest tokens that go with a vocabulary of so many rows: exports pad it to a multiple of up
 * to 128, and makers leave rows free, such as 2,385 of DeepSeek LLM's 102,400. Fewer than 95% is
 * past any we know.
 */
export function leastTokens(rows: number): number {
  return Math.min(rows - 127, Math.ceil(rows * 0.95))
}
