import { readFile } from 'node:fs/promises'
import { vocabulary } from '@nano/chat/tokenizer'
import { NanoError } from '@nano/core'
import {
  addStaticCache,
  addTokenLoop,
  dropValueInfos,
  findCacheOutputs,
  keepLastLogits,
} from '@nano/onnx-graph'
import { type Decoder, decoder, type Trial } from '../decode/decoder.ts'
import {
  type GrammarCompiler,
  grammarCompiler,
  type GrammarState,
} from '../grammar/grammar-compiler.ts'
import type { Runtime, Session } from '../session/runtime.ts'
import { loadBranches, type LoadedSession, loadSession, releaseOnError } from './load-session.ts'
import type { ExecutionProvider, OpenInput } from './messages.ts'
import { findModelSource, type ModelSource } from './model-source.ts'

/** A model that is open in this thread. */
export interface OpenedModel {
  readonly sessions: readonly Session[]
  readonly decoder: Decoder
  /** The start of a grammar in GBNF, or nothing for none. */
  readonly createGrammarState: (grammar: string | undefined) => Promise<GrammarState | undefined>
}

/** Opens a model in the way that decodes fastest with this provider. */
export async function openModel(
  runtime: Runtime,
  provider: ExecutionProvider,
  input: OpenInput,
): Promise<OpenedModel> {
  const source = await findModelSource(input)
  try {
    return await openSource(source, { runtime, provider, input })
  } catch (error) {
    if (!isShapeMismatch(error)) throw error
    const model = dropValueInfos(await source.readBytes())
    const repaired = { ...source, model, readBytes: async () => model }
    return openSource(repaired, { runtime, provider, input })
  }
}

interface OpenOptions {
  readonly runtime: Runtime
  readonly provider: ExecutionProvider
  readonly input: OpenInput
}

async function openSource(
  source: ModelSource,
  { runtime, provider, input }: OpenOptions,
): Promise<OpenedModel> {
  const { promptPath, modelSize, maxRunTime, cacheSizes } = input
  const isSmall = modelSize !== 'large'
  const { vocabularySize, sequenceCount, endTokens } = input
  const { model, readBytes, weightsFolder } = source
  const settings = { runtime, vocabularySize, sequenceCount, endTokens, maxRunTime }
  const createGrammarState = lazyGrammars(input)

  const load = (model: string | Uint8Array, deviceOutputs?: readonly string[]) =>
    loadSession(runtime, model, {
      provider,
      input,
      weightsFolder,
      ...(deviceOutputs && { deviceOutputs }),
    })

  async function tryDecoder(loaded: LoadedSession, loop?: LoadedSession): Promise<TriedModel> {
    const candidate = decoder({ ...settings, ...loaded, ...(loop && { loop }) })
    const trial = await releaseOnError((loop ?? loaded).session, () => candidate.runTrial())
    const sessions = [loaded.session, loop?.session, loaded.promptSession]
    return {
      ...trial,
      model: {
        sessions: [...new Set(sessions.filter((session) => session !== undefined))],
        decoder: candidate,
        createGrammarState,
      },
    }
  }

  /** A model whose KV cache no run copies, where the provider can have one. */
  function openWithoutCopies(): Promise<TriedModel | undefined> {
    if (provider === 'webgpu')
      return tryRewrite(readBytes, async (model) =>
        tryDecoder(await load(keepLastLogits(model), findCacheOutputs(model))),
      )
    // The overhead of a tiny model's runs is larger than that of its copies.
    return provider === 'cpu' && modelSize !== 'tiny'
      ? tryRewrite(readBytes, async (model) =>
          tryDecoder(await load(addStaticCache(model, cacheSizes))),
        )
      : Promise.resolve(undefined)
  }

  const withoutCopies = promptPath === undefined ? await openWithoutCopies() : undefined
  if (withoutCopies) return withoutCopies.model

  const plain = await loadBranches(await load(model), { runtime, provider, input })
  const { model: plainModel, canBatch, stepTime } = await tryDecoder(plain)
  if (plain.promptSession || plain.graph.readsOneToken) return plainModel
  if (maxRunTime === 0 || 2 * stepTime > maxRunTime || (canBatch && !isSmall)) return plainModel

  // A loop cannot batch and reads prompts more slowly, so a small model has both sessions. A large
  // one has one session in memory at a time.
  if (!isSmall) await plain.session.release()
  const looped = await tryRewrite(readBytes, async (model) => {
    const loop = await load(addTokenLoop(model))
    return tryDecoder(isSmall ? plain : loop, loop)
  })
  if (looped) return looped.model
  return isSmall
    ? plainModel
    : openSource(source, { runtime, provider, input: { ...input, maxRunTime: 0 } })
}

/** A model that has run. */
interface TriedModel extends Trial {
  readonly model: OpenedModel
}

/**
 * Opens a rewritten model. Nothing where it cannot be rewritten or does not run: the model runs as
 * it is then. Throws where the provider is unavailable.
 */
async function tryRewrite(
  readBytes: () => Promise<Uint8Array>,
  open: (model: Uint8Array) => Promise<TriedModel>,
): Promise<TriedModel | undefined> {
  try {
    return await open(await readBytes())
  } catch (error) {
    if (NanoError.is(error) && error.code === 'unavailable') throw error
    return undefined
  }
}

/** The runtime's reason where a model says wrong shapes for its inner values. */
function isShapeMismatch(error: unknown): boolean {
  return error instanceof Error && error.message.includes('Shape mismatch attempting to re-use')
}

/** Reads the vocabulary for the first grammar: most models never need it. */
function lazyGrammars({ tokenizerPath, ...options }: OpenInput): OpenedModel['createGrammarState'] {
  let compiler: Promise<GrammarCompiler> | undefined
  const createCompiler = async () => {
    const tokenizer: unknown = JSON.parse(await readFile(tokenizerPath, 'utf8'))
    return grammarCompiler({ ...options, vocabulary: vocabulary({ tokenizer }) })
  }
  return async (grammar) =>
    grammar === undefined ? undefined : (await (compiler ??= createCompiler())).createState(grammar)
}
