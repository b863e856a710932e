import { type Model, NanoError } from '@nano/core'
import { openHttp } from '@nano/http'
import type { ChatOptions } from './command.ts'

interface OpenOptions {
  /**
   * A path, the name of the model on a server, or `tiny`. When absent, `tiny` or the only model of
   * the server.
   */
  readonly model: string | undefined
  readonly signal: AbortSignal
  /** Gets the loaded share of the weights, in [0, 1], if the runtime reports it. */
  readonly onLoad: (share: number) => void
  /** Called with warnings, which are facts that no error reports. */
  readonly onWarning: (message: string) => void
}

/**
 * Opens the model with the backend of the options. The key of a server comes from the environment,
 * because shell histories and process lists show options.
 */
export async function openModel(
  options: ChatOptions,
  { model: modelName, signal, onLoad, onWarning }: OpenOptions,
): Promise<Model> {
  const { format, context } = options
  const sharedOptions = {
    signal,
    ...(format !== undefined && { format }),
    ...(context !== undefined && { contextLength: context }),
  }
  if (options.backend === 'http') {
    const {
      url: [url = '', ...otherUrls],
      server = 'auto',
    } = options
    const apiKey = process.env.NANO_API_KEY
    const addressOptions = otherUrls.length > 0 ? { endpoints: [url, ...otherUrls] } : { url }
    return openHttp({
      ...sharedOptions,
      ...addressOptions,
      server,
      onWarning,
      ...(modelName !== undefined && { model: modelName }),
      ...(apiKey && { apiKey }),
    })
  }
  const model = modelName ?? 'tiny'
  if (options.backend === 'llama-cpp') {
    const { openLlamaCpp } = await loadBackend('llama-cpp', () => import('@nano/llama-cpp'))
    return openLlamaCpp({ ...sharedOptions, model, device: options.device ?? 'auto', onLoad })
  }
  const { openOnnx } = await loadBackend('onnx', () => import('@nano/onnx'))
  return openOnnx({
    ...sharedOptions,
    model,
    device: options.device ?? 'auto',
  })
}

const runtimes = { 'llama-cpp': 'node-llama-cpp', onnx: 'onnxruntime-node' } as const

/** Loads an adapter, an optional peer. Throws `unavailable` with the packages to install. */
async function loadBackend<Adapter>(
  name: keyof typeof runtimes,
  load: () => Promise<Adapter>,
): Promise<Adapter> {
  try {
    return await load()
  } catch (cause) {
    if (!(cause instanceof Error) || !('code' in cause) || cause.code !== 'ERR_MODULE_NOT_FOUND')
      throw cause
    throw new NanoError(
      'unavailable',
      `the backend ${name} is not installed. Install it next to @nano/cli, ` +
        'with the embedded model: ' +
        `npm install @nano/${name} ${runtimes[name]} @nano/tiny`,
      { cause },
    )
  }
}
