import { resolve } from 'node:path'
import { type ChatFormat, detectFormat, formats } from '@nano/chat'
import { chat, resolveFormat } from '@nano/chat/engine'
import { type Tokenizer, tokenizer, turnEnds } from '@nano/chat/tokenizer'
import { Model, NanoError } from '@nano/core'
import { assertNodeVersion, rejectOnAbort } from '@nano/core/driver'
import { engine } from './engine/engine.ts'
import type { Device } from './worker/messages.ts'
import { type ModelFolder, type ModelPlace, readModelFolder } from './model-folder/model-folder.ts'
import { type OnnxOptions, type ParsedOptions, parseOptions } from './options.ts'
import { remoteSession } from './worker/remote-session.ts'

/** Bytes from which threads, GPUs and a static cache give more than they cost. */
const large = 200_000_000
const defaultContext = 8_192

/**
 * Opens an ONNX export in this process, in a thread of its own. Throws `invalid-request` for
 * options that do not hold, `not-found`, `bad-model` and `unsupported` for what cannot be used,
 * `unavailable` for a device that is not there; `signal.reason` when loading is aborted.
 *
 * ```ts
 * const model = await openOnnx({ model: 'tiny' }) const { reasoning, text } = await
 * model.generate({ messages: 'What is 27 * 43?', reasoning: 'on' }) await model.close()
 * ```
 */
export async function openOnnx(options: OnnxOptions): Promise<Model> {
  return openFrom(large, options)
}

/** The same, with files of that many bytes or more taken for large ones. */
export async function openFrom(large: number, options: OnnxOptions): Promise<Model> {
  assertNodeVersion('onnx')
  const parsed = parseOptions(options)
  parsed.signal?.throwIfAborted()
  const asked = parsed.format === undefined ? undefined : resolveFormat(parsed.format, 'onnx')
  const folder = await readModelFolder(
    parsed.model === 'tiny' ? await tiny() : { model: resolve(parsed.model) },
    parsed.quantisation,
  )
  const contextLength = lengthOf(folder, parsed)
  const words = tokenizer({ tokenizer: folder.tokenizer, name: `onnx(${folder.name})` })
  const format = asked ?? detected(folder, words)
  const ends = turnEnds({ tokenizer: words, ids: folder.eosIds })

  const session = remoteSession()
  try {
    const small = folder.size < large
    const threads = parsed.threads ?? (small ? 1 : undefined)
    const opening = session.call('open', {
      path: folder.path,
      small,
      longestRun: parsed.longestRun,
      devices: devicesOf(parsed, small),
      vocabularySize: words.vocabularySize,
      tokenizer: folder.tokenizerPath,
      ends: [...ends],
      sequences: parsed.parallel,
      ...(threads !== undefined && { threads }),
    })
    const { device, without } = await rejectOnAbort(opening, parsed.signal)
    const { name, quantisation } = folder
    const slow = device === 'cpu' && !small
    const lifted = engine({
      session,
      tokenizer: words,
      info: {
        model: name,
        contextLength,
        device:
          without.length > 0 ? `${device} (${without.join(' and ')} cannot be used here)` : device,
        format: format.name,
        ...(quantisation !== undefined && { quantization: quantisation }),
      },
      ends,
      parallel: parsed.parallel,
      // On the CPU a batch of a big model takes its time, and other requests' tokens wait for it.
      // Each costs a third of a second beside its tokens.
      batchSize: slow ? (parsed.parallel > 1 ? 32 : 128) : 512,
    })
    return new Model(chat(lifted, format))
  } catch (error) {
    // A session that is still loading is let go of when it has loaded: nobody waits for that.
    const closed = session.close()
    if (!parsed.signal?.aborted) await closed
    throw error
  }
}

function lengthOf({ name, trainedLength }: ModelFolder, { contextLength }: ParsedOptions): number {
  const longest = trainedLength ?? Infinity
  if (contextLength !== undefined && contextLength > longest) {
    throw new NanoError(
      'invalid-request',
      `onnx: a contextLength of ${contextLength} was asked for, and ${name} was trained on ${longest}`,
    )
  }
  return contextLength ?? Math.min(longest, defaultContext)
}

function devicesOf({ device }: ParsedOptions, small: boolean): readonly Device[] {
  if (device !== 'auto') return [device]
  return small ? ['cpu'] : ['cuda', 'webgpu', 'cpu']
}

/** The format we have for what the folder asks for, else its own template. */
function detected(folder: ModelFolder, { added }: Tokenizer): ChatFormat {
  const format = detectFormat({ ...folder, controls: added })
  if (format) return format
  throw new NanoError(
    'unsupported',
    `onnx: ${folder.path} (${folder.name}) comes without a chat template, and its name is none we know. If it writes like one of ${Object.keys(formats).join(', ')}, name that with the option format.`,
  )
}

async function tiny(): Promise<ModelPlace> {
  try {
    return { model: (await import('@nano/tiny')).onnx.transformers, name: 'nano-tiny' }
  } catch (cause) {
    throw new NanoError(
      'not-found',
      "onnx: model: 'tiny' needs the package @nano/tiny: npm install @nano/tiny",
      { cause },
    )
  }
}
