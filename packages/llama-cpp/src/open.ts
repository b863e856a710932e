import { resolve } from 'node:path'
import { detectFormat } from '@nano/chat'
import {
  chat,
  chooseContextLength,
  importTiny,
  resolveFormat,
  sameThreads,
} from '@nano/chat/engine'
import { Model } from '@nano/core'
import { assertNodeVersion, parseOptions } from '@nano/core/driver'
import { grammarStates, excludeControlTokens } from './decode/grammar.ts'
import { engine } from './engine/engine.ts'
import { loraContexts } from './engine/lora-contexts.ts'
import { type LoraFile, readLoraFile } from './gguf/lora-file.ts'
import { type ModelFile, readModelFile } from './gguf/model-file.ts'
import { assertFits } from './load/check-memory.ts'
import { chooseContextShape, isSmallModel } from './load/context-shape.ts'
import { loadModel } from './load/load-model.ts'
import { openContext } from './load/open-context.ts'
import { describeDevice, openDevice } from './load/open-device.ts'
import { applyExact, type LlamaCppOptions, optionsSchema, type ParsedOptions } from './options.ts'
import { loadRuntime, type Runtime } from './runtime.ts'
import { rememberModel } from './state/model-state.ts'
import { batchThreads } from './engine/batch-scheduler.ts'
import { decideThreads, measureThreads } from './threads/choose-threads.ts'

/**
 * Opens a GGUF file in this process, through llama.cpp. A file without a chat template, that of a
 * base model, opens to complete texts: `generate({ prompt })`. Before it loads anything, it throws
 * `invalid-request` for wrong options, `not-found` and `bad-model` for files that cannot be used,
 * `out-of-memory` for what does not fit, and `unavailable` for a device that this machine does not
 * have. Rejects with `signal.reason` on abort, and with what `onLoad` throws.
 *
 * ```ts
 * const model = await openLlamaCpp({ model: 'tiny' })
 * const { reasoning, text } = await model.generate('What is 27 * 43?')
 * await model.close()
 * ```
 */
export async function openLlamaCpp(options: LlamaCppOptions): Promise<Model> {
  assertNodeVersion('llama-cpp')
  const checkedOptions = abortOnListenerError(parseOptions('llama-cpp', optionsSchema, options))
  checkedOptions.signal.throwIfAborted()
  const namedFormat =
    checkedOptions.format === undefined
      ? undefined
      : resolveFormat(checkedOptions.format, 'llama-cpp')
  const modelPath =
    checkedOptions.model === 'tiny' ? await tinyPath() : resolve(checkedOptions.model)
  const runtime = await loadRuntime()
  const file = await readModelFile(modelPath, runtime)
  const parsedOptions = { ...applyExact(checkedOptions, file), signal: checkedOptions.signal }
  const format =
    namedFormat ?? detectFormat({ ...file, ...(parsedOptions.now && { now: parsedOptions.now }) })
  const loras = await readLoraFiles(parsedOptions, file, runtime)

  const device =
    parsedOptions.device === 'auto' && isSmallModel(file) ? 'cpu' : parsedOptions.device
  const llama = await openDevice(runtime, device)
  const contextLength = chooseContextLength({ ...file, ...parsedOptions }, 'llama-cpp')
  const isOnCpu = llama.gpu === false || parsedOptions.gpuLayers === 0
  const shape = chooseContextShape({ file, contextLength, isOnCpu, options: parsedOptions })
  await assertFits({ runtime, llama, file, shape, options: parsedOptions })

  const model = await loadModel(llama, file.path, parsedOptions)
  try {
    const { quantization, parameters, vocabularySize } = file
    const name = `llama-cpp(${file.name})`
    const ggufVocabulary = file.header.metadata.tokenizer?.ggml ?? {}
    const threadChoice = { llama, file, isOnCpu, options: parsedOptions }
    const decidedThreads = decideThreads(threadChoice)
    const threads = batchThreads({
      llama,
      counts: decidedThreads ?? sameThreads(llama.cpuMathCores),
      parallel: parsedOptions.parallel,
    })
    const open = (lora?: string) =>
      openContext(
        { name, model, shape, threads, options: parsedOptions },
        lora === undefined ? undefined : loras.get(lora),
      )
    const context = await open()
    if (!decidedThreads)
      threads.counts = await measureThreads(threadChoice, { context, threads, shape })
    const modelEngine = engine({
      name,
      model,
      context,
      loraContexts: loraContexts({ limit: parsedOptions.loraContexts, open }),
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
      usesLookup: parsedOptions.speculation === 'prompt-lookup',
      grammarState: grammarStates({ runtime, llama, model }),
      turnEnds: format?.turnEnds ?? [],
      noControlTokens: excludeControlTokens(
        { runtime, model },
        ggufVocabulary,
        format?.controlTokens ?? [],
      ),
    })
    parsedOptions.signal.throwIfAborted()
    const openedModel = new Model(chat(modelEngine, format))
    rememberModel(openedModel, {
      engine: modelEngine,
      file,
      loras,
      kvCache: parsedOptions.kvCache,
      parallel: parsedOptions.parallel,
    })
    return openedModel
  } catch (error) {
    await model.dispose()
    throw error
  }
}

/**
 * Aborts the loading with what `onLoad` throws; the runtime would print it. The runtime may call
 * `onLoad` once more after the loading.
 */
function abortOnListenerError<T extends Pick<ParsedOptions, 'signal' | 'onLoad'>>(
  options: T,
): T & { readonly signal: AbortSignal } {
  const { signal, onLoad } = options
  const listenerFailure = new AbortController()
  return {
    ...options,
    signal: AbortSignal.any(signal ? [signal, listenerFailure.signal] : [listenerFailure.signal]),
    onLoad(share) {
      try {
        onLoad?.(share)
      } catch (error) {
        listenerFailure.abort(error)
      }
    },
  }
}

async function tinyPath(): Promise<string> {
  const { gguf } = await importTiny(() => import('@nano/tiny'), 'llama-cpp')
  return gguf.Q8_0
}

/** The LoRA adapters by the name that requests give. */
async function readLoraFiles(
  { loras }: ParsedOptions,
  model: ModelFile,
  runtime: Runtime,
): Promise<ReadonlyMap<string, LoraFile>> {
  const files = new Map<string, LoraFile>()
  for (const [name, lora] of Object.entries(loras))
    files.set(name, await readLoraFile({ name, lora, model, runtime }))
  return files
}
