import { fileURLToPath } from 'node:url'

/** Absolute paths of the model's GGUF files, by quantisation; the same weights in each. */
export const gguf: Readonly<Record<'F16' | 'Q8_0' | 'Q4_0', string>> = {
  F16: path('tiny-F16.gguf'),
  Q8_0: path('tiny-Q8_0.gguf'),
  Q4_0: path('tiny-Q4_0.gguf'),
}

/**
 * Absolute paths of folders with the same weights in ONNX: as transformers.js has them, in fp32 and
 * q4, and as onnxruntime-genai does, in fp32 or in int4. Each is whole only with the folders in it,
 * where the weights are.
 */
export const onnx: Readonly<Record<'transformers' | 'genai' | 'genaiInt4', string>> = {
  transformers: path('onnx/int4/transformers'),
  genai: path('onnx'),
  genaiInt4: path('onnx/int4'),
}

// `src` and `dist` are both one level below the package, so the same URL serves either.
function path(name: string): string {
  return fileURLToPath(new URL(`../models/${name}`, import.meta.url))
}
