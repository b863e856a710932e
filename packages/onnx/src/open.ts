import { resolve } from 'node:path'
import {
  chat,
  chooseContextLength,
  importTiny,
  requireFormat,
  resolveFormat,
} from '@nano/chat/engine'
import { tokenizer, findTurnEnds } from '@nano/chat/tokenizer'
import { Model } from '@nano/core'
import { assertNodeVersion, parseOptions, rejectOnAbort } from '@nano/core/driver'
import { engine } from './engine/engine.ts'
import { type ModelLocation, readModelFolder } from './model-folder/model-folder.ts'
import { type OnnxOptions, optionsSchema, type ParsedOptions } from './options.ts'
import type { Device } from './worker/messages.ts'
import { remoteSession } from './worker/remote-session.ts'

/** Bytes from which threads, GPUs and a static cache give more than they cost. */
const large = 200_000_000

/**
 * Opens an ONNX export in this process, in a thread of its own. Throws `invalid-request` for
 * options that do not hold, `not-found`, `bad-model` and `unsupported` for what cannot be used,
 * `unavailable` for a device that is not there; `signal.reason` when loading is aborted.
 *
 * ```ts
 * const model = await openOnnx({ model: 'tiny' })
 * const { reasoning, text } = await model.generate({ messages: 'What is 27 * 43?' })
 * await model.close()
 * ```
 */
export async function openOnnx(options: OnnxOptions): Promise<Model> {
  return openFrom(large, options)
}

/** The same, with files of that many bytes or more taken for large ones. */
export async function openFrom(large: number, options: OnnxOptions): Promise<Model> {
  assertNodeVersion('onnx')
  const parsed = parseOptions('onnx', optionsSchema, options)
  parsed.signal?.throwIfAborted()
  const asked = parsed.format === undefined ? undefined : resolveFormat(parsed.format, 'onnx')
  const folder = await readModelFolder(
    parsed.model === 'tiny' ? await locateTiny() : { model: resolve(parsed.model) },
    parsed.quantization,
  )
  const contextLength = chooseContextLength({ ...folder, ...parsed }, 'onnx')
  const words = tokenizer({ tokenizer: folder.tokenizer, name: `onnx(${folder.name})` })
  const format = asked ?? requireFormat({ ...folder, controlTokens: words.addedTokens }, 'onnx')
  const ends = findTurnEnds({ tokenizer: words, ids: folder.eosIds })

  const session = remoteSession()
  try {
    const small = folder.size < large
    const threads = parsed.threads ?? (small ? 1 : undefined)
    const opening = session.call('open', {
      path: folder.path,
      small,
      maxRunTime: parsed.maxRunTime,
      devices: devicesOf(parsed, small),
      vocabularySize: words.vocabularySize,
      tokenizer: folder.tokenizerPath,
      ends: [...ends],
      sequences: parsed.parallel,
      ...(threads !== undefined && { threads }),
    })
    const { device, without } = await rejectOnAbort(opening, parsed.signal)
    const { name, quantization } = folder
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
        ...(quantization !== undefined && { quantization }),
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

function devicesOf({ device }: ParsedOptions, small: boolean): readonly Device[] {
  if (device !== 'auto') return [device]
  return small ? ['cpu'] : ['cuda', 'webgpu', 'cpu']
}

async function locateTiny(): Promise<ModelLocation> {
  const { onnx } = await importTiny(() => import('@nano/tiny'), 'onnx')
  return { model: onnx.transformers, name: 'nano-tiny' }
}
