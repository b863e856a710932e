import {
  getLlama,
  type LlamaContext,
  type LlamaContextOptions,
  type LlamaModel,
  type Token,
} from 'node-llama-cpp'
import type { Contender } from './contender.ts'

const kinds = ['cuda', 'vulkan', 'metal'] as const

/** The kind of GPU that is used where nothing is said; absent without one. */
export async function gpuHere(): Promise<(typeof kinds)[number] | undefined> {
  const llama = await getLlama({ build: 'never', progressLogs: false, logger: () => {} })
  const { gpu } = llama
  await llama.dispose()
  return gpu || undefined
}

/** The weights, loaded once for all of raw's contenders, where `device` is. */
export async function rawModel(path: string, device: string): Promise<LlamaModel> {
  const gpu = kinds.find((kind) => device.startsWith(kind)) ?? false
  const llama = await getLlama({ gpu, build: 'never', progressLogs: false, logger: () => {} })
  const model = await llama.loadModel({ modelPath: path })
  const { totalLayers } = model.fileInsights
  if (gpu && model.gpuLayers < totalLayers)
    console.log(
      `Raw has ${model.gpuLayers} of ${totalLayers} layers on the GPU: its memory is short.\n`,
    )
  return model
}

/** node-llama-cpp by itself: tokens in, tokens out, no text made of them. */
export async function raw(
  name: string,
  model: LlamaModel,
  options: LlamaContextOptions,
): Promise<Contender> {
  // Some threads are more than the runtime gives by default; a context that does not say has made
  // up its mind by then.
  if (options.threads !== undefined) model.llama.maxThreads = 0
  const context: LlamaContext = await model.createContext(options)
  const sequences = Array.from({ length: options.sequences ?? 1 }, () => context.getSequence())
  return {
    name,
    async reply({ tokens, maxTokens }, stream) {
      const sequence = sequences[stream]
      if (!sequence) throw new Error('more streams than sequences')
      await sequence.clearHistory()
      const cached = sequence.nextTokenIndex
      let output = 0
      let first = NaN
      for await (const token of sequence.evaluate([...tokens] as Token[], {
        temperature: 0,
        yieldEogToken: true,
      })) {
        if (output++ === 0) first = performance.now()
        if (output === maxTokens || model.isEogToken(token)) break
      }
      return { output, decoding: performance.now() - first, cached }
    },
    close: () => context.dispose(),
  }
}
