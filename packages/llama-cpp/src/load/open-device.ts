import { NanoError } from '@nano/core'
import { runtimeLog } from '../error.ts'
import type { ParsedOptions } from '../options.ts'
import type { Llama, Runtime } from '../runtime.ts'

type Device = ParsedOptions['device']

/** What the runtimes of this process have logged. */
export const log = runtimeLog()

/**
 * One runtime for each device, kept for the life of the process: it holds no weights, and takes
 * half a second to start.
 */
const llamas = new Map<Device, Promise<Llama>>()

/** The runtime for a device. Throws `unavailable` for one that this machine does not have. */
export async function openDevice(runtime: Runtime, option: Device): Promise<Llama> {
  // Two runtimes on one device would share a logger and lose it: what they log would go to
  // standard output.
  const device = option === 'auto' && !(await hasGpu(runtime)) ? 'cpu' : option
  const openedLlama = llamas.get(device)
  if (openedLlama) return openedLlama
  const llama = startRuntime(runtime, device)
  llama.catch(() => llamas.delete(device))
  llamas.set(device, llama)
  return llama
}

async function hasGpu(runtime: Runtime): Promise<boolean> {
  return (await runtime.getLlamaGpuTypes('supported')).some((type) => type !== false)
}

async function startRuntime(runtime: Runtime, device: Device): Promise<Llama> {
  const gpu = device === 'cpu' ? false : device
  const llama = await runtime
    .getLlama({
      gpu,
      build: 'never',
      progressLogs: false,
      maxThreads: 0,
      logLevel: runtime.LlamaLogLevel.error,
      logger: log.note,
    })
    .catch((cause: unknown) => {
      throw unavailableError(device, cause)
    })
  if (gpu === 'auto' || llama.gpu === gpu) return llama
  // For a GPU that the platform cannot have, the runtime silently uses the CPU.
  await llama.dispose()
  throw unavailableError(device)
}

function unavailableError(device: Device, cause?: unknown): NanoError {
  const advice =
    device === 'auto' || device === 'cpu'
      ? 'Reinstall node-llama-cpp without leaving out optional dependencies.'
      : 'Check the driver, and that the optional package of node-llama-cpp for ' +
        `${device} is installed; or use device: 'auto'.`
  const reason = cause instanceof Error ? ` (${cause.message})` : ''
  return new NanoError(
    'unavailable',
    `llama-cpp: the device ${device} cannot be used here${reason}. ${advice}`,
    { cause },
  )
}

/** The device as people read it, for example `cuda (NVIDIA H200)`. */
export async function describeDevice(llama: Llama, isOnCpu: boolean): Promise<string> {
  if (isOnCpu || !llama.gpu) return 'cpu'
  const names = await llama.getGpuDeviceNames()
  return names.length > 0 ? `${llama.gpu} (${names.join(', ')})` : llama.gpu
}
