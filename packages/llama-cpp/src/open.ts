import { resolve } from 'node:path'
import {
  chat,
  chooseContextLength,
  importTiny,
  requireFormat,
  resolveFormat,
} from '@nano/chat/engine'
import { Model } from '@nano/core'
import { assertNodeVersion, parseOptions } from '@nano/core/driver'
import { contexts } from './engine/lora-contexts.ts'
import { describeDevice, log, openDevice } from './load/open-device.ts'
import { engine } from './engine/engine.ts'
import { toNanoError } from './error.ts'
import { contextMaker } from './load/open-context.ts'
import { assertFits, type ContextShape } from './load/check-memory.ts'
import { type ModelFile, readModelFile } from './gguf/model-file.ts'
import { readLora } from './gguf/lora-file.ts'
import { type LlamaCppOptions, optionsSchema, type ParsedOptions } from './options.ts'
import { type Llama, type LlamaModel, loadRuntime } from './runtime.ts'
import { grammarStates, textOnly } from './decode/sampling.ts'
import { remember } from './state/state.ts'

/**
 * Parameters under which threads and GPUs cost more than they give; measured between 1 million and
 * 4 billion.
 */
const small = 100_000_000

/**
 * Opens a GGUF in this process, through llama.cpp. Throws `invalid-request` for options that do not
 * hold, `not-found`, `bad-model`, `out-of-memory` for what will not fit, before anything is loaded,
 * and `unavailable` for a GPU that is not there; `signal.reason` when loading is aborted, and what
 * `onLoad` throws.
 *
 * ```ts
 * const model = await openLlamaCpp({ model: 'tiny' }) const { reasoning, text } = await
 * model.generate({ messages: 'What is 27 * 43?', reasoning: 'on' }) await model.close()
 * ```
 */
export async function openLlamaCpp(options: LlamaCppOptions): Promise<Model> {
  assertNodeVersion('llama-cpp')
  const parsed = listening(parseOptions('llama-cpp', optionsSchema, options))
  parsed.signal.throwIfAborted()
  const asked = parsed.format === undefined ? undefined : resolveFormat(parsed.format, 'llama-cpp')
  const path = parsed.model === 'tiny' ? await tinyPath() : resolve(parsed.model)
  const runtime = await loadRuntime()
  const file = await readModelFile(path, runtime)
  const format = asked ?? requireFormat(file, 'llama-cpp')
  const loras = new Map<string, Awaited<ReturnType<typeof readLora>>>()
  for (const lora of Object.entries(parsed.loras))
    loras.set(lora[0], await readLora(lora, file, runtime))

  const llama = await openDevice(
    runtime,
    parsed.device === 'auto' && file.parameters < small ? 'cpu' : parsed.device,
  )
  const contextLength = chooseContextLength({ ...file, ...parsed }, 'llama-cpp')
  const shape = shapeOf({ llama, file, contextLength, parsed })
  await assertFits({ runtime, llama, file, shape, options: parsed })

  const model = await loadModel(llama, path, parsed)
  try {
    const onCpu = llama.gpu === false || model.gpuLayers === 0
    const make = contextMaker({ model, shape, options: parsed })
    const own = await make()
    const { name, quantization, parameters, vocabularySize } = file
    const info = {
      model: name,
      contextLength,
      device: await describeDevice(llama, onCpu),
      parameters,
      format: format.name,
      ...(quantization !== undefined && { quantization }),
    }
    const lifted = engine({
      model,
      contexts: contexts({
        own,
        limit: parsed.loraContexts,
        open: (lora) => make(loras.get(lora)),
      }),
      info,
      words: file.header.metadata.tokenizer?.ggml ?? {},
      vocabularySize,
      loras: [...loras.keys()],
      batchSize: shape.batchSize,
      lookUp: parsed.speculation === 'prompt-lookup',
      grammarState: grammarStates({ runtime, llama, model }),
      textOnly: textOnly(runtime, model, file.header.metadata.tokenizer?.ggml ?? {}),
      log,
    })
    parsed.signal.throwIfAborted()
    return remember(new Model(chat(lifted, format)), {
      engine: lifted,
      file,
      loras,
      kvCache: parsed.kvCache,
      parallel: parsed.parallel,
    })
  } catch (error) {
    await model.dispose()
    throw error
  }
}

interface ShapeOptions {
  readonly llama: Llama
  readonly file: ModelFile
  readonly contextLength: number
  readonly parsed: ParsedOptions
}

/**
 * On the CPU a batch of a big model takes its time, and an abort waits for it: 32 tokens of 4
 * billion parameters are half a second on two cores.
 */
function shapeOf({ llama, file, contextLength, parsed }: ShapeOptions): ContextShape {
  const slow = (llama.gpu === false || parsed.gpuLayers === 0) && file.parameters >= small
  return {
    // The runtime shifts the context when its last cell would be used; one more keeps it from ever
    // being needed.
    contextSize: contextLength + 1,
    sequences: parsed.parallel,
    batchSize: slow ? 32 : 512,
    // Half-sized caches exist only in its kernels.
    flashAttention:
      parsed.kvCache === 'q8_0' ||
      (parsed.flashAttention ?? (file.parameters < small ? false : 'auto')),
    threads: parsed.threads ?? (file.parameters < small ? 1 : undefined),
    experimentalKvCacheKeyType: parsed.kvCache.toUpperCase(),
    experimentalKvCacheValueType: parsed.kvCache.toUpperCase(),
  }
}

async function loadModel(
  llama: Llama,
  path: string,
  { gpuLayers, signal, onLoad }: ParsedOptions,
): Promise<LlamaModel> {
  log.take()
  try {
    return await llama.loadModel({
      modelPath: path,
      ...(gpuLayers !== undefined && { gpuLayers }),
      loadSignal: signal,
      onLoadProgress: onLoad,
    })
  } catch (cause) {
    throw toNanoError({ cause, doing: `loading ${path}`, log, signal })
  }
}

/**
 * What `onLoad` throws ends the loading; the runtime would print it. It may be told of the last
 * weights after they are there.
 */
function listening(options: ParsedOptions): ParsedOptions & { readonly signal: AbortSignal } {
  const { signal, onLoad } = options
  const stopped = new AbortController()
  return {
    ...options,
    signal: AbortSignal.any(signal ? [signal, stopped.signal] : [stopped.signal]),
    onLoad(loaded) {
      try {
        onLoad?.(loaded)
      } catch (error) {
        stopped.abort(error)
      }
    },
  }
}

async function tinyPath(): Promise<string> {
  const { gguf } = await importTiny(() => import('@nano/tiny'), 'llama-cpp')
  return gguf.Q8_0
}
