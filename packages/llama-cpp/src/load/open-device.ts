import { NanoError } from '@nano/core'
import { runtimeLog } from '../error.ts'
import type { ParsedOptions } from '../options.ts'
import type { Llama, Runtime } from '../runtime.ts'

/** What the runtimes of this process say. */
export const log = runtimeLog()
/**
 * One runtime for each kind of device, kept for the life of the process: it holds no weights, and
 * takes half a second to start.
 */
const llamas = new Map<string, Promise<Llama>>()

/** The runtime for a device. Throws `unavailable` for one that is not there. */
export async function openDevice(runtime: Runtime, asked: ParsedOptions['gpu']): Promise<Llama> {
  // Two runtimes on one device share a logger, and lose it: what it says would go to standard
  // output.
  const gpu =
    asked === 'auto' &&
    (await runtime.getLlamaGpuTypes('supported')).every((type) => type === false)
      ? 'off'
      : asked
  const known = llamas.get(gpu)
  if (known) return known
  const opening = start(runtime, gpu)
  opening.catch(() => llamas.delete(gpu))
  llamas.set(gpu, opening)
  return opening
}

async function start(runtime: Runtime, gpu: ParsedOptions['gpu']): Promise<Llama> {
  const wanted = gpu === 'off' ? false : gpu
  const advice =
    gpu === 'auto' || gpu === 'off'
      ? 'Reinstall node-llama-cpp without leaving out optional dependencies.'
      : `Check the driver, and that the optional package of node-llama-cpp for ${gpu} is installed; or use gpu: 'auto'.`
  const unavailable = (cause?: unknown) =>
    new NanoError(
      'unavailable',
      `llama-cpp: ${gpu === 'off' ? 'the CPU' : gpu} cannot be used here${cause instanceof Error ? ` (${cause.message})` : ''}. ${advice}`,
      { cause },
    )

  const llama = await runtime
    .getLlama({
      gpu: wanted,
      build: 'never',
      progressLogs: false,
      maxThreads: 0,
      logLevel: runtime.LlamaLogLevel.error,
      logger: log.note,
    })
    .catch((cause: unknown) => {
      throw unavailable(cause)
    })
  if (wanted === 'auto' || llama.gpu === wanted) return llama
  // Asked for a GPU the platform cannot have, the runtime goes on without one and does not say so.
  await llama.dispose()
  throw unavailable()
}

/** For people, e.g. `cuda (NVIDIA H200)`. */
export async function deviceName(llama: Llama, onCpu: boolean): Promise<string> {
  if (onCpu || !llama.gpu) return 'cpu'
  const names = await llama.getGpuDeviceNames()
  return names.length > 0 ? `${llama.gpu} (${names.join(', ')})` : llama.gpu
}
