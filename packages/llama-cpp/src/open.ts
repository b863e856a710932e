import { resolve } from 'node:path'
import { type ChatFormat, detectFormat } from '@nano/chat'
import { chat, importTiny, resolveFormat } from '@nano/chat/engine'
import { Model } from '@nano/core'
import { assertNodeVersion, parseOptions } from '@nano/core/driver'
import { readLoraFiles } from './gguf/lora-file.ts'
import { readModelFile } from './gguf/model-file.ts'
import { type EngineFormat, openEngine } from './load/open-engine.ts'
import { applyExact, type LlamaCppOptions, optionsSchema, type ParsedOptions } from './options.ts'
import { openRemoteEngine } from './process/remote-engine.ts'
import { loadRuntime } from './runtime.ts'
import { rememberModel } from './state/model-state.ts'
import { isTooSmallForThreads } from './threads/choose-threads.ts'

/** Bun and Deno take the place of Node, and were not tried with a process of a model. */
const isNode = process.versions.bun === undefined && process.versions.deno === undefined

/**
 * Opens a GGUF file through llama.cpp, a large one in a process of its own. A file without a chat
 * template, that of a base model, opens to complete texts: `generate({ prompt })`. Before it loads
 * anything, it throws `invalid-request` for wrong options, `not-found` and `bad-model` for files
 * that cannot be used, `out-of-memory` for what does not fit, and `unavailable` for a device that
 * this machine does not have or a process that cannot be started. Rejects with `signal.reason` on
 * abort, and with what `onLoad` throws. Calls fail with `unavailable` where the process ends.
 *
 * ```ts
 * const model = await openLlamaCpp({ model: 'tiny' })
 * const { reasoning, text } = await model.generate('What is 27 * 43?')
 * await model.close()
 * ```
 */
export async function openLlamaCpp(options: LlamaCppOptions): Promise<Model> {
  assertNodeVersion('llama-cpp')
  const {
    format: formatOption,
    now,
    ...checkedOptions
  } = abortOnListenerError(parseOptions('llama-cpp', optionsSchema, options))
  checkedOptions.signal.throwIfAborted()
  const namedFormat =
    formatOption === undefined ? undefined : resolveFormat(formatOption, 'llama-cpp')
  const modelPath =
    checkedOptions.model === 'tiny' ? await tinyPath() : resolve(checkedOptions.model)
  const runtime = await loadRuntime()
  const file = await readModelFile(modelPath, runtime)
  const loadOptions = applyExact(checkedOptions, file)
  const format = namedFormat ?? detectFormat({ ...file, ...(now && { now }) })
  const loras = await readLoraFiles(loadOptions.loras, { model: file, runtime })

  const { ownProcess = isNode && !isTooSmallForThreads(file), kvCache, parallel } = loadOptions
  const source = { runtime, file, loras, format: format && describeForEngine(format) }
  const engine = await (ownProcess ? openRemoteEngine : openEngine)(source, loadOptions)
  try {
    const model = new Model(chat(engine, format))
    const { name, size, quantization, parameters } = file
    const fileFacts = { name, size, quantization, parameters }
    rememberModel(model, { engine, file: fileFacts, loras, kvCache, parallel })
    return model
  } catch (error) {
    await engine.close()
    throw error
  }
}

/** Plain data, which can be sent to another process. */
function describeForEngine({ name, turnEnds, controlTokens }: ChatFormat): EngineFormat {
  return {
    name,
    ...(turnEnds && { turnEnds }),
    ...(controlTokens && { controlTokens }),
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
