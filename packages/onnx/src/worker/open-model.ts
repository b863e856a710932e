import { readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { vocabulary } from '@nano/chat/tokenizer'
import { NanoError } from '@nano/core'
import { addStaticCache, addTokenLoop, findCacheOutputs, keepLastLogits } from '@nano/onnx-graph'
import { type Decoder, decoder, type Trial } from '../decode/decoder.ts'
import { toNanoError } from '../error.ts'
import { type Grammars, grammars, type GrammarState } from '../grammar/grammar.ts'
import { type Graph, graphOf } from '../session/decoder-graph.ts'
import type { Device, OpenSession } from './messages.ts'
import type { Runtime, Session } from '../session/runtime.ts'

/** An open model. */
export interface Opened {
  readonly sessions: readonly Session[]
  readonly decoder: Decoder
  /** For a grammar in GBNF; nothing for none. */
  readonly grammarState: (grammar: string | undefined) => Promise<GrammarState | undefined>
}

/** The model as it serves best here. */
export async function openOn(
  runtime: Runtime,
  device: Device,
  asked: OpenSession,
): Promise<Opened> {
  const { path, small, maxRunTime } = asked
  const common = {
    runtime,
    vocabularySize: asked.vocabularySize,
    sequences: asked.sequences,
    ends: asked.ends,
    maxRunTime,
  }
  const grammarState = grammarStates(asked)

  async function load(
    file: string | Uint8Array,
    onDevice: readonly string[] = [],
  ): Promise<Loaded> {
    const session = await runtime.InferenceSession.create(
      file,
      sessionOptions(device, asked, onDevice),
    ).catch((cause: unknown) => {
      throw toNanoError(cause, 'open', { path, device })
    })
    return orRelease(session, async () => ({
      session,
      graph: graphOf(session, path, { onDevice: onDevice.length > 0 }),
    }))
  }
  async function tried(
    loaded: Loaded,
    { loop, beside = [] }: { readonly loop?: Loaded; readonly beside?: readonly Session[] } = {},
  ): Promise<Tried> {
    const made = decoder({ ...common, ...loaded, ...(loop && { loop }) })
    const trial = await orRelease((loop ?? loaded).session, () => made.tryOut())
    return {
      ...trial,
      opened: { sessions: [loaded.session, ...beside], decoder: made, grammarState },
    }
  }
  /**
   * Nothing where the runtime, or we, cannot: the model runs without, where the device is there.
   */
  const orNot = (work: (model: Uint8Array) => Promise<Tried | undefined>) =>
    readFile(path)
      .then(work)
      .catch((error: unknown) => {
        if (NanoError.is(error) && error.code === 'unavailable') throw error
        return undefined
      })

  const kept = await orNot(async (model) => {
    if (device === 'webgpu')
      return tried(await load(keepLastLogits(model), findCacheOutputs(model)))
    // A small model's runs cost more than its copies.
    return device === 'cpu' && !small ? tried(await load(addStaticCache(model))) : undefined
  })
  if (kept) return kept.opened

  const plain = await load(path)
  const { opened, batches, took } = await tried(plain)
  if (maxRunTime === 0 || 2 * took > maxRunTime || (batches && !small)) return opened

  // A loop cannot take a batch, and reads prompts more slowly.
  if (!small) await plain.session.release()
  const looped = await orNot(async (model) => {
    const loop = await load(addTokenLoop(model))
    return small ? tried(plain, { loop, beside: [loop.session] }) : tried(loop, { loop })
  })
  return looped?.opened ?? (small ? opened : openOn(runtime, device, { ...asked, maxRunTime: 0 }))
}

/** A model that has run. */
interface Tried extends Trial {
  readonly opened: Opened
}

interface Loaded {
  readonly session: Session
  readonly graph: Graph
}

/** Work that has to succeed for the session to be kept. */
async function orRelease<T>(session: Session, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    await session.release()
    throw error
  }
}

function sessionOptions(
  device: Device,
  { path, threads }: OpenSession,
  onDevice: readonly string[],
): object {
  return {
    executionProviders: [device],
    logSeverityLevel: 4,
    ...(onDevice.length > 0 && {
      preferredOutputLocation: Object.fromEntries(onDevice.map((name) => [name, 'gpu-buffer'])),
    }),
    ...(threads !== undefined && { intraOpNumThreads: threads, interOpNumThreads: 1 }),
    // Where a model that was rewritten, which comes from memory, finds its weights.
    extra: { session: { model_external_initializers_file_folder_path: dirname(path) } },
  }
}

/** The library is loaded when the first grammar is asked for: most models never are. */
function grammarStates({ tokenizer, ends }: OpenSession): Opened['grammarState'] {
  let made: Promise<Grammars> | undefined
  const make = async () =>
    grammars({
      vocabulary: vocabulary({ tokenizer: JSON.parse(await readFile(tokenizer, 'utf8')) }),
      ends,
    })
  return async (grammar) =>
    grammar === undefined ? undefined : (await (made ??= make())).begin(grammar)
}
