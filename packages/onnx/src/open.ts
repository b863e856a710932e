import { resolve } from 'node:path'
import { detectFormat } from '@nano/chat'
import {
  chat,
  chooseContextLength,
  importTiny,
  resolveFormat,
  sameThreads,
} from '@nano/chat/engine'
import { findTurnEnds, tokenizer } from '@nano/chat/tokenizer'
import { Model } from '@nano/core'
import { assertNodeVersion, parseOptions } from '@nano/core/driver'
import { chooseBatchSize } from './engine/batch-size.ts'
import { engine } from './engine/engine.ts'
import { checkGraph } from './model-folder/check-graph.ts'
import { type ModelLocation, readModelFolder } from './model-folder/model-folder.ts'
import { classifySize, type ModelSize } from './model-folder/model-size.ts'
import { type OnnxOptions, optionsSchema, type ParsedOptions } from './options.ts'
import { openWithThreads } from './threads/open-with-threads.ts'
import type { ExecutionProvider, OpenOutput } from './worker/messages.ts'
import { openSession } from './worker/open-session.ts'

/**
 * Opens an ONNX export in this process, in a thread of its own. An export without a chat template,
 * that of a base model, opens to complete texts: `generate({ prompt })`. Throws `invalid-request`
 * for options that are not valid; `not-found`, `bad-model` and `unsupported` for a model that
 * cannot be used; `unavailable` for a device that this machine does not have; `signal.reason` when
 * loading is aborted.
 *
 * ```ts
 * const model = await openOnnx({ model: 'tiny' })
 * const { reasoning, text } = await model.generate({ messages: 'What is 27 * 43?' })
 * await model.close()
 * ```
 */
export async function openOnnx(options: OnnxOptions): Promise<Model> {
  return openAs(undefined, options)
}

/** Opens a model as `openOnnx` does, and treats it as one of `size`; absent, its files say that. */
export async function openAs(size: ModelSize | undefined, options: OnnxOptions): Promise<Model> {
  assertNodeVersion('onnx')
  const parsed = parseOptions('onnx', optionsSchema, options)
  const { parallel, maxRunTime, signal } = parsed
  signal?.throwIfAborted()
  const givenFormat = parsed.format === undefined ? undefined : resolveFormat(parsed.format, 'onnx')
  const folder = await readModelFolder(
    parsed.model === 'tiny' ? await locateTiny() : { model: resolve(parsed.model) },
    parsed.quantization,
  )
  const { name, path, promptPath, architecture, cacheSizes, attentionWindow } = folder
  const { tokenizerPath, quantization } = folder
  const lengths = { ...folder, ...parsed }
  const contextLength = chooseContextLength({ ...lengths, ...(await checkGraph(lengths)) }, 'onnx')
  const modelTokenizer = tokenizer({ tokenizer: folder.tokenizer, name: `onnx(${name})` })
  const { vocabularySize, controlTokens } = modelTokenizer
  const format =
    givenFormat ??
    detectFormat({ ...folder, controlTokens, ...(parsed.now && { now: parsed.now }) })
  const learnedIds = (format?.turnEnds ?? []).flatMap(
    (token) => modelTokenizer.controlTokenId(token) ?? [],
  )
  const endTokens = findTurnEnds({
    tokenizer: modelTokenizer,
    ids: [...folder.eosIds, ...learnedIds],
  })
  const modelSize = size ?? classifySize(folder.size)
  const providers = selectProviders(parsed, modelSize)
  const { session, openOutput, threads } = await openWithThreads(
    {
      file: folder,
      architecture,
      parallel,
      modelSize,
      isOnCpu: providers[0] === 'cpu',
      maxRunTime,
      threads: parsed.threads,
      signal,
    },
    (threads) =>
      openSession(
        {
          path,
          ...(promptPath !== undefined && { promptPath }),
          ...(architecture !== undefined && { architecture }),
          cacheSizes,
          ...(attentionWindow && { attentionWindow }),
          modelSize,
          maxRunTime,
          providers,
          vocabularySize,
          tokenizerPath,
          endTokens: [...endTokens],
          shownControlTokens: format?.controlTokens ?? [],
          sequenceCount: parallel,
          ...(threads !== undefined && { threads }),
        },
        signal,
      ),
  )
  const onnxEngine = engine({
    session,
    tokenizer: modelTokenizer,
    info: {
      model: name,
      contextLength,
      device: describeDevice(openOutput),
      ...(format && { format: format.name }),
      ...(quantization !== undefined && { quantization }),
      ...(threads !== undefined && { threads: sameThreads(threads) }),
    },
    endTokens,
    parallel,
    batchSize: chooseBatchSize({
      modelBytes: folder.size,
      isOnCpu: openOutput.provider === 'cpu',
      parallel,
    }),
  })
  return new Model(chat(onnxEngine, format))
}

function selectProviders(
  { device }: ParsedOptions,
  modelSize: ModelSize,
): readonly ExecutionProvider[] {
  if (device !== 'auto') return [device]
  return modelSize === 'large' ? ['cuda', 'webgpu', 'cpu'] : ['cpu']
}

function describeDevice({ provider, unavailableProviders }: OpenOutput): string {
  return unavailableProviders.length > 0
    ? `${provider} (${unavailableProviders.join(' and ')} cannot be used here)`
    : provider
}

async function locateTiny(): Promise<ModelLocation> {
  const { onnx } = await importTiny(() => import('@nano/tiny'), 'onnx')
  return { model: onnx.transformers, name: 'nano-tiny' }
}
