import { type Model, NanoError } from '@nano/core'
import { openHttp } from '@nano/http'
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
  if (options.backend === 'llama-cpp') {
    const { openLlamaCpp } = await loadBackend('llama-cpp', () => import('@nano/llama-cpp'))
    return openLlamaCpp({ ...shared, model, device: options.device ?? 'auto', onLoad })
  }
  const { openOnnx } = await loadBackend('onnx', () => import('@nano/onnx'))
  return openOnnx({
    ...shared,
    model,
    device: options.device ?? 'auto',
  })
}

const runtimes = { 'llama-cpp': 'node-llama-cpp', onnx: 'onnxruntime-node' } as const

/** Loads an adapter, which is an optional peer. Throws `unavailable` with the packages to add. */
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
      `the backend ${name} is not installed. Add it beside @nano/cli, with the embedded model: ` +
        `npm install @nano/${name} ${runtimes[name]} @nano/tiny`,
      { cause },
    )
  }
}
