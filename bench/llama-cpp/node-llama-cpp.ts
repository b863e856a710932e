import {
  getLlama,
  type LlamaContext,
  type LlamaContextOptions,
  type LlamaModel,
  type Token,
} from 'node-llama-cpp'
import type { Contender } from '../measuring/contender.ts'
import { type ContextSettings, describeSettings } from './settings.ts'

export type Gpu = (typeof gpus)[number]

const gpus = ['cuda', 'vulkan', 'metal'] as const
const llamaOptions = { build: 'never', progressLogs: false, logger: () => {} } as const

/** The GPU that node-llama-cpp chooses by default; absent where it finds none. */
export async function findGpu(): Promise<Gpu | undefined> {
  const llama = await getLlama(llamaOptions)
  const { gpu } = llama
  await llama.dispose()
  return gpu || undefined
}

/** Loads the weights once for all contenders; `device` begins with the GPU or is `cpu`. */
export async function loadWeights(path: string, device: string): Promise<LlamaModel> {
  const gpu = gpus.find((candidate) => device.startsWith(candidate)) ?? false
  const llama = await getLlama({ ...llamaOptions, gpu })
  const model = await llama.loadModel({ modelPath: path })
  const { totalLayers } = model.fileInsights
  if (gpu && model.gpuLayers < totalLayers)
    console.log(
      `node-llama-cpp has ${model.gpuLayers} of ${totalLayers} layers on the GPU,` +
        ' because memory is short there.\n',
    )
  return model
}

/** node-llama-cpp by itself: tokens in, tokens out, without making text of them. */
export async function nodeLlamaCppContender(
  model: LlamaModel,
  options: LlamaContextOptions & ContextSettings,
): Promise<Contender> {
  const name = `node-llama-cpp, ${describeSettings(options)}`
  // By default the runtime allows fewer threads than some settings ask for.
  if (options.threads !== undefined) model.llama.maxThreads = 0
  const context: LlamaContext = await model.createContext(options)
  const sequences = Array.from({ length: options.sequences ?? 1 }, () => context.getSequence())
  return {
    name,
    async generate({ tokens, maxTokens }, slot = 0) {
      const sequence = sequences[slot]
      if (!sequence) throw new Error(`${name} has no sequence for slot ${slot}`)
      await sequence.clearHistory()
      const cachedInputTokens = sequence.nextTokenIndex
      const startedAt = performance.now()
      let firstTokenAt = NaN
      let outputTokens = 0
      for await (const token of sequence.evaluate([...tokens] as Token[], {
        temperature: 0,
        yieldEogToken: true,
      })) {
        if (outputTokens++ === 0) firstTokenAt = performance.now()
        if (outputTokens === maxTokens || model.isEogToken(token)) break
      }
      return {
        outputTokens,
        cachedInputTokens,
        firstTokenTime: firstTokenAt - startedAt,
        decodeTime: performance.now() - firstTokenAt,
      }
    },
    close: () => context.dispose(),
  }
}
