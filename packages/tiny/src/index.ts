import { fileURLToPath } from 'node:url'

/** Absolute paths of the model's GGUF files, by quantisation; the same weights in each. */
export const gguf: Readonly<Record<'F16' | 'Q8_0' | 'Q4_0', string>> = {
  F16: path('F16'),
  Q8_0: path('Q8_0'),
  Q4_0: path('Q4_0'),
}

// `src` and `dist` are both one level below the package, so the same URL serves either.
function path(quantisation: string): string {
  return fileURLToPath(new URL(`../models/tiny-${quantisation}.gguf`, import.meta.url))
}
