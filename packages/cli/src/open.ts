import type { Model } from '@nano/core'
import { openLlamaCpp } from '@nano/llama-cpp'
import type { ChatOptions } from './command.ts'

interface Opening {
  /** Path of the model, or `tiny`. */
  readonly model: string
  readonly signal: AbortSignal
  /** Told the share of the weights that is loaded, where the runtime knows. */
  readonly onLoad: (loaded: number) => void
}

/** Opens the model with the backend that was asked for. */
export async function openModel(options: ChatOptions, { model, signal, onLoad }: Opening): Promise<Model> {
  const { format, context } = options
  const shared = { model, signal, ...(format !== undefined && { format }), ...(context !== undefined && { contextLength: context }) }
  if (options.backend === 'llama-cpp') return openLlamaCpp({ ...shared, gpu: options.gpu, onLoad })
  // Loaded where it is used: who runs a GGUF does without onnxruntime.
  const { openOnnx } = await import('@nano/onnx')
  return openOnnx({ ...shared, device: options.gpu === 'off' ? 'cpu' : options.gpu })
}
