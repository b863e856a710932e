import { resolve } from 'node:path'
import { chat, type ChatFormat, detect, formats, templateFormat } from '@nano/chat'
import { Model, NanoError } from '@nano/core'
import { engine } from './engine.ts'
import { runtimeLog, toNanoError } from './error.ts'
import { type ModelFile, readModelFile } from './model-file.ts'
import { type LlamaCppOptions, namedFormat, type ParsedOptions, parseOptions } from './options.ts'
import { type Llama, type LlamaModel, loadRuntime, type Runtime } from './runtime.ts'

/** Parameters under which threads and GPUs cost more than they give; measured between 1 million and 4 billion. */
const small = 100_000_000
const defaultContext = 8_192

/**
 * Opens a GGUF in this process, through llama.cpp.
 * Throws `invalid-request` for options that do not hold, `not-found`, `bad-model`, `out-of-memory`, and `unavailable`
 * for a GPU that is not there; `signal.reason` when loading is aborted.
 *
 * ```ts
 * const model = await openLlamaCpp({ model: 'tiny' })
 * const { reasoning, text } = await model.generate({ messages: 'What is 27 * 43?', reasoning: 'on' })
 * await model.close()
 * ```
 */
export async function openLlamaCpp(options: LlamaCppOptions): Promise<Model> {
  const parsed = parseOptions(options)
  parsed.signal?.throwIfAborted()
  const asked = parsed.format === undefined ? undefined : namedFormat(parsed.format)
  const path = parsed.model === 'tiny' ? await tinyPath() : resolve(parsed.model)
  const runtime = await loadRuntime()
  const file = await readModelFile(path, runtime)
  const format = asked ?? detected(file)

  const llama = await openLlama(runtime, parsed.gpu === 'auto' && file.parameters < small ? 'off' : parsed.gpu)
  const model = await loadModel(llama, file, parsed)
  try {
    const { trainContextSize } = model
    const contextLength = parsed.contextLength ?? Math.min(trainContextSize, defaultContext)
    if (contextLength > trainContextSize) {
      throw new NanoError('invalid-request', `llama-cpp: a contextLength of ${contextLength} was asked for, and ${file.name} was trained on ${trainContextSize}`)
    }
    const onCpu = llama.gpu === false || model.gpuLayers === 0
    const batchSize = onCpu && file.parameters >= small ? 64 : 512
    const context = await guarded('making a context', parsed.signal, () =>
      model.createContext({
        // The runtime shifts the context when its last cell would be used; one more keeps it from ever being needed.
        contextSize: contextLength + 1,
        sequences: parsed.parallel,
        batchSize,
        threads: parsed.threads ?? (file.parameters < small ? 1 : undefined),
        flashAttention: parsed.flashAttention ?? (file.parameters < small ? false : 'auto'),
        createSignal: parsed.signal,
      }))
    const { name, quantisation, parameters, vocabularySize } = file
    const info = { model: name, contextLength, device: await device(llama, onCpu), parameters, format: format.name, ...(quantisation !== undefined && { quantisation }) }
    return new Model(chat(engine({ model, context, info, parallel: parsed.parallel, vocabularySize, batchSize, log }), format))
  } catch (error) {
    await model.dispose()
    throw error
  }
}

const log = runtimeLog()
/** One runtime for each kind of device, kept for the life of the process: it holds no weights, and takes half a second to start. */
const llamas = new Map<string, Promise<Llama>>()

function openLlama(runtime: Runtime, gpu: ParsedOptions['gpu']): Promise<Llama> {
  const known = llamas.get(gpu)
  if (known) return known
  const opening = startLlama(runtime, gpu)
  opening.catch(() => llamas.delete(gpu))
  llamas.set(gpu, opening)
  return opening
}

async function startLlama(runtime: Runtime, gpu: ParsedOptions['gpu']): Promise<Llama> {
  const wanted = gpu === 'off' ? false : gpu
  const advice = gpu === 'auto' || gpu === 'off'
    ? 'Reinstall node-llama-cpp without leaving out optional dependencies.'
    : `Check the driver, and that the optional package of node-llama-cpp for ${gpu} is installed; or use gpu: 'auto'.`
  const unavailable = (cause?: unknown) => new NanoError('unavailable', `llama-cpp: ${gpu === 'off' ? 'the CPU' : gpu} cannot be used here${cause instanceof Error ? ` (${cause.message})` : ''}. ${advice}`, { cause })

  const llama = await runtime
    .getLlama({ gpu: wanted, build: 'never', progressLogs: false, maxThreads: 0, logLevel: runtime.LlamaLogLevel.error, logger: log.note })
    .catch((cause: unknown) => {
      throw unavailable(cause)
    })
  if (wanted === 'auto' || llama.gpu === wanted) return llama
  // Asked for a GPU the platform cannot have, the runtime goes on without one and does not say so.
  await llama.dispose()
  throw unavailable()
}

function loadModel(llama: Llama, { path }: ModelFile, { gpuLayers, signal, onLoad }: ParsedOptions): Promise<LlamaModel> {
  return guarded(`loading ${path}`, signal, () =>
    llama.loadModel({ modelPath: path, ...(gpuLayers !== undefined && { gpuLayers }), loadSignal: signal, onLoadProgress: onLoad }))
}

async function guarded<T>(doing: string, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  log.take()
  try {
    return await work()
  } catch (cause) {
    throw toNanoError({ cause, doing, log, signal })
  }
}

/** The format we have for what the file asks for, else the file's own template. */
function detected({ name, chatTemplate, path, controls, bos, eos }: ModelFile): ChatFormat {
  const format = detect({ name, ...(chatTemplate !== undefined && { chatTemplate }) })
  if (format) return format
  if (chatTemplate) return templateFormat({ name: `template of ${name}`, template: chatTemplate, controls, ...(bos !== undefined && { bos }), ...(eos !== undefined && { eos }) })
  throw new NanoError('unsupported', `llama-cpp: ${path} (${name}) has no chat template, and its name is none we know. If it writes like one of ${Object.keys(formats).join(', ')}, name that with the option format.`)
}

async function device(llama: Llama, onCpu: boolean): Promise<string> {
  if (onCpu || !llama.gpu) return 'cpu'
  const names = await llama.getGpuDeviceNames()
  return names.length > 0 ? `${llama.gpu} (${names.join(', ')})` : llama.gpu
}

async function tinyPath(): Promise<string> {
  try {
    return (await import('@nano/tiny')).gguf.Q8_0
  } catch (cause) {
    throw new NanoError('not-found', "llama-cpp: model: 'tiny' needs the package @nano/tiny: npm install @nano/tiny", { cause })
  }
}
