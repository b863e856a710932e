import type { ChatFormat } from '@nano/chat'
import { chooseContextLength, sameThreads } from '@nano/chat/engine'
import { excludeControlTokens, grammarStates } from '../decode/grammar.ts'
import { batchThreads } from '../engine/batch-scheduler.ts'
import { engine, type LlamaCppEngine } from '../engine/engine.ts'
import { loraContexts } from '../engine/lora-contexts.ts'
import type { LoraFile } from '../gguf/lora-file.ts'
import type { ModelFile } from '../gguf/model-file.ts'
import type { ParsedOptions } from '../options.ts'
import type { Runtime } from '../runtime.ts'
import { decideThreads, measureThreads } from '../threads/choose-threads.ts'
import { assertFits } from './check-memory.ts'
import { chooseContextShape, isSmallModel } from './context-shape.ts'
import { loadModel } from './load-model.ts'
import { openContext } from './open-context.ts'
import { describeDevice, openDevice } from './open-device.ts'

/** Options that say how an engine computes. */
export type LoadOptions = Omit<ParsedOptions, 'format' | 'now'>

/** What an engine needs to know of the chat format. */
export type EngineFormat = Pick<ChatFormat, 'name' | 'turnEnds' | 'controlTokens'>

/** A model that can be opened: its header and those of its adapters have been checked. */
export interface EngineSource {
  readonly runtime: Runtime
  readonly file: ModelFile
  /** By the names that requests give. */
  readonly loras: ReadonlyMap<string, LoraFile>
  readonly format?: EngineFormat | undefined
}

/**
 * Loads a model into this process. Throws `out-of-memory`, `bad-model`, `unsupported` and
 * `unavailable`; `signal.reason` on abort.
 */
export async function openEngine(
  { runtime, file, loras, format }: EngineSource,
  options: LoadOptions,
): Promise<LlamaCppEngine> {
  const device = options.device === 'auto' && isSmallModel(file) ? 'cpu' : options.device
  const llama = await openDevice(runtime, device)
  const contextLength = chooseContextLength({ ...file, ...options }, 'llama-cpp')
  const isOnCpu = llama.gpu === false || options.gpuLayers === 0
  const shape = chooseContextShape({ file, contextLength, isOnCpu, options })
  await assertFits({ runtime, llama, file, shape, options })

  const model = await loadModel(llama, file.path, options)
  try {
    const { quantization, parameters, vocabularySize } = file
    const name = `llama-cpp(${file.name})`
    const ggufVocabulary = file.header.metadata.tokenizer?.ggml ?? {}
    const threadChoice = { llama, file, isOnCpu, options }
    const decidedThreads = decideThreads(threadChoice)
    const threads = batchThreads({
      llama,
      counts: decidedThreads ?? sameThreads(llama.cpuMathCores),
      parallel: options.parallel,
    })
    const open = (lora?: string) =>
      openContext(
        { name, model, shape, threads, options },
        lora === undefined ? undefined : loras.get(lora),
      )
    const context = await open()
    if (!decidedThreads)
      threads.counts = await measureThreads(threadChoice, { context, threads, shape })
    const openedEngine = engine({
      name,
      model,
      context,
      loraContexts: loraContexts({ limit: options.loraContexts, open }),
      info: {
        model: file.name,
        contextLength,
        device: await describeDevice(llama, isOnCpu || model.gpuLayers === 0),
        parameters,
        threads: threads.counts,
        ...(format && { format: format.name }),
        ...(quantization !== undefined && { quantization }),
      },
      ggufVocabulary,
      vocabularySize,
      loras: [...loras.keys()],
      usesLookup: options.speculation === 'prompt-lookup',
      grammarState: grammarStates({ runtime, llama, model }),
      turnEnds: format?.turnEnds ?? [],
      noControlTokens: excludeControlTokens(
        { runtime, model },
        ggufVocabulary,
        format?.controlTokens ?? [],
      ),
    })
    options.signal?.throwIfAborted()
    return openedEngine
  } catch (error) {
    await model.dispose()
    throw error
  }
}
