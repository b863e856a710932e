import { readFile } from 'node:fs/promises'
import { vocabulary } from '@nano/chat/tokenizer'
import { NanoError } from '@nano/core'
import { addStaticCache, addTokenLoop, findCacheOutputs, keepLastLogits } from '@nano/onnx-graph'
import { type Decoder, decoder, type Trial } from '../decode/decoder.ts'
import {
  type GrammarCompiler,
  grammarCompiler,
  type GrammarState,
} from '../grammar/grammar-compiler.ts'
import type { Runtime, Session } from '../session/runtime.ts'
import { type LoadedSession, loadSession, releaseOnError } from './load-session.ts'
import type { ExecutionProvider, OpenInput } from './messages.ts'

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
  const { path, isSmall, maxRunTime, vocabularySize, sequenceCount, endTokens } = input
  const settings = { runtime, vocabularySize, sequenceCount, endTokens, maxRunTime }
  const createGrammarState = lazyGrammars(input)

  const load = (model: string | Uint8Array, deviceOutputs?: readonly string[]) =>
    loadSession(runtime, model, { provider, input, ...(deviceOutputs && { deviceOutputs }) })

  async function tryDecoder(loaded: LoadedSession, loop?: LoadedSession): Promise<TriedModel> {
    const candidate = decoder({ ...settings, ...loaded, ...(loop && { loop }) })
    const trial = await releaseOnError((loop ?? loaded).session, () => candidate.runTrial())
    const sessions = new Set([loaded.session, ...(loop ? [loop.session] : [])])
    return {
      ...trial,
      model: { sessions: [...sessions], decoder: candidate, createGrammarState },
    }
  }

  /** A model whose KV cache no run copies, where the provider can have one. */
  function openWithoutCopies(): Promise<TriedModel | undefined> {
    if (provider === 'webgpu')
      return tryRewrite(path, async (model) =>
        tryDecoder(await load(keepLastLogits(model), findCacheOutputs(model))),
      )
    // The overhead of a small model's runs is larger than that of its copies.
    return provider === 'cpu' && !isSmall
      ? tryRewrite(path, async (model) => tryDecoder(await load(addStaticCache(model))))
      : Promise.resolve(undefined)
  }

  const withoutCopies = await openWithoutCopies()
  if (withoutCopies) return withoutCopies.model

  const plain = await load(path)
  const { model: plainModel, canBatch, stepTime } = await tryDecoder(plain)
  if (maxRunTime === 0 || 2 * stepTime > maxRunTime || (canBatch && !isSmall)) return plainModel

  // A loop cannot batch and reads prompts more slowly, so a small model has both sessions. A large
  // one has one session in memory at a time.
  if (!isSmall) await plain.session.release()
  const looped = await tryRewrite(path, async (model) => {
    const loop = await load(addTokenLoop(model))
    return tryDecoder(isSmall ? plain : loop, loop)
  })
  if (looped) return looped.model
  return isSmall ? plainModel : openModel(runtime, provider, { ...input, maxRunTime: 0 })
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
  path: string,
  open: (model: Uint8Array) => Promise<TriedModel>,
): Promise<TriedModel | undefined> {
  try {
    return await open(await readFile(path))
  } catch (error) {
    if (NanoError.is(error) && error.code === 'unavailable') throw error
    return undefined
  }
}

/** Loads the grammar library for the first grammar: most models never need it. */
function lazyGrammars({ tokenizerPath, ...options }: OpenInput): OpenedModel['createGrammarState'] {
  let compiler: Promise<GrammarCompiler> | undefined
  const createCompiler = async () => {
    const tokenizer: unknown = JSON.parse(await readFile(tokenizerPath, 'utf8'))
    return grammarCompiler({ ...options, vocabulary: vocabulary({ tokenizer }) })
  }
  return async (grammar) =>
    grammar === undefined ? undefined : (await (compiler ??= createCompiler())).createState(grammar)
}
