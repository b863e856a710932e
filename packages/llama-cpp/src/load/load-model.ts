import { toNanoError } from '../error.ts'
import type { ParsedOptions } from '../options.ts'
import type { Llama, LlamaModel } from '../runtime.ts'
import { log } from './open-device.ts'

/** Loads the weights. Throws `bad-model` or `out-of-memory`; `signal.reason` on abort. */
export async function loadModel(
  llama: Llama,
  path: string,
  { gpuLayers, signal, onLoad }: ParsedOptions,
): Promise<LlamaModel> {
  await log.clear()
  try {
    return await llama.loadModel({
      modelPath: path,
      ...(gpuLayers !== undefined && { gpuLayers }),
      loadSignal: signal,
      onLoadProgress: onLoad,
    })
  } catch (cause) {
    throw await toNanoError({ cause, activity: `loading ${path}`, log, signal })
  }
}
