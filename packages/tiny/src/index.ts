import { fileURLToPath } from 'node:url'

/** Absolute paths of the model's GGUF files, by quantization; all have the same weights. */
export const gguf: Readonly<Record<'F16' | 'Q8_0' | 'Q4_0', string>> = {
  F16: pathOf('tiny-F16.gguf'),
  Q8_0: pathOf('tiny-Q8_0.gguf'),
  Q4_0: pathOf('tiny-Q4_0.gguf'),
}

/**
 * Absolute paths of folders with the same weights in ONNX. `transformers` has the layout of
 * transformers.js, in fp32 and q4; `genai` and `genaiInt4` have that of onnxruntime-genai, in fp32
 * and in int4. The folders lie in one another and share files of weights, so copy `genai` whole.
 */
export const onnx: Readonly<Record<'transformers' | 'genai' | 'genaiInt4', string>> = {
  transformers: pathOf('onnx/int4/transformers'),
  genai: pathOf('onnx'),
  genaiInt4: pathOf('onnx/int4'),
}

// `src` and `dist` are both one level below the package, so one relative URL serves both.
function pathOf(name: string): string {
  return fileURLToPath(new URL(`../models/${name}`, import.meta.url))
}
