import type { Model } from '@nano/core'
import { openHttp } from '@nano/http'
import { openLlamaCpp } from '@nano/llama-cpp'
import type { ChatOptions } from './command.ts'

interface Opening {
  /**
   * Path of the model, what a server calls it, or `tiny`; absent, `tiny` or the only one of the
   * server.
   */
  readonly model: string | undefined
  readonly signal: AbortSignal
  /** Told the share of the weights that is loaded, where the runtime knows. */
  readonly onLoad: (loaded: number) => void
}

/**
 * Opens the model with the backend that was asked for. A server's key comes from the environment:
 * options land in histories and lists of processes.
 */
export async function openModel(
  options: ChatOptions,
  { model: named, signal, onLoad }: Opening,
): Promise<Model> {
  const { format, context } = options
  const shared = {
    signal,
    ...(format !== undefined && { format }),
    ...(context !== undefined && { contextLength: context }),
  }
  if (options.backend === 'http') {
    const {
      url: [url = '', ...others],
      server = 'auto',
    } = options
    const apiKey = process.env.NANO_API_KEY
    const where = others.length > 0 ? { endpoints: [url, ...others] } : { url }
    return openHttp({
      ...shared,
      ...where,
      server,
      ...(named !== undefined && { model: named }),
      ...(apiKey && { apiKey }),
    })
  }
  const model = named ?? 'tiny'
  if (options.backend === 'llama-cpp')
    return openLlamaCpp({ ...shared, model, gpu: options.gpu ?? 'auto', onLoad })
  // Loaded where it is used: who runs a GGUF does without onnxruntime.
  const { openOnnx } = await import('@nano/onnx')
  return openOnnx({
    ...shared,
    model,
    device: options.gpu === 'off' ? 'cpu' : (options.gpu ?? 'auto'),
  })
}
