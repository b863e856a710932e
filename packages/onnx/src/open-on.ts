import { readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { vocabulary } from '@nano/chat/tokenizer'
import { loopDecoder, staticCacheDecoder } from '@nano/forge'
import { type Decoder, decoder } from './decode.ts'
import { toNanoError } from './error.ts'
import { type Grammars, grammars, type GrammarState } from './grammar.ts'
import { type Graph, graphOf } from './graph.ts'
import type { Device, OpenSession } from './messages.ts'
import type { Runtime, Session } from './runtime.ts'

/** An open model. */
export interface Opened {
  readonly sessions: readonly Session[]
  readonly decoder: Decoder
  /** For a grammar in GBNF; nothing for none. */
  readonly grammarState: (grammar: string | undefined) => Promise<GrammarState | undefined>
}

/** The model as it serves best here. */
export async function openOn(runtime: Runtime, device: Device, asked: OpenSession): Promise<Opened> {
  const { path, small, longestRun } = asked
  const common = { runtime, vocabularySize: asked.vocabularySize, sequences: asked.sequences, ends: asked.ends, longestRun }
  const grammarState = grammarStates(asked)
  const load = async (file: string | Uint8Array): Promise<Loaded> => {
    const session = await runtime.InferenceSession.create(file, sessionOptions(device, asked)).catch((cause: unknown) => {
      throw toNanoError(cause, 'open', { path, device })
    })
    return orRelease(session, async () => ({ session, graph: graphOf(session, path) }))
  }
  /** Nothing where the runtime, or we, cannot. */
  const rewritten = async (rewrite: (model: Uint8Array) => Uint8Array, using: (loaded: Loaded) => Omit<Opened, 'grammarState'>): Promise<Opened | undefined> => {
    try {
      const loaded = await load(rewrite(await readFile(path)))
      const opened = using(loaded)
      await orRelease(loaded.session, () => opened.decoder.tryOut())
      return { ...opened, grammarState }
    } catch {
      return undefined
    }
  }
  const alone = (loaded: Loaded, more: { readonly loop?: Loaded } = {}) => ({ sessions: [loaded.session], decoder: decoder({ ...common, ...loaded, ...more }) })

  // A small model's runs cost more than its copies.
  if (device === 'cpu' && !small) {
    const kept = await rewritten(staticCacheDecoder, alone)
    if (kept) return kept
  }

  const plain = await load(path)
  const opened = { ...alone(plain), grammarState }
  const { batches, took } = await orRelease(plain.session, () => opened.decoder.tryOut())
  if (longestRun === 0 || 2 * took > longestRun || (batches && !small)) return opened

  // A loop cannot take a batch, and reads prompts more slowly.
  if (small) return (await rewritten(loopDecoder, (loop) => ({ sessions: [plain.session, loop.session], decoder: decoder({ ...common, ...plain, loop }) }))) ?? opened
  await plain.session.release()
  return (await rewritten(loopDecoder, (loop) => alone(loop, { loop }))) ?? openOn(runtime, device, { ...asked, longestRun: 0 })
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

function sessionOptions(device: Device, { path, threads }: OpenSession): object {
  return {
    executionProviders: [device],
    logSeverityLevel: 4,
    ...(threads !== undefined && { intraOpNumThreads: threads, interOpNumThreads: 1 }),
    // Where a loop, which comes from memory, finds its weights.
    extra: { session: { model_external_initializers_file_folder_path: dirname(path) } },
  }
}

/** The library is loaded when the first grammar is asked for: most models never are. */
function grammarStates({ tokenizer, ends }: OpenSession): Opened['grammarState'] {
  let made: Promise<Grammars> | undefined
  const make = async () => grammars({ vocabulary: vocabulary({ tokenizer: JSON.parse(await readFile(tokenizer, 'utf8')) }), ends })
  return async (grammar) => (grammar === undefined ? undefined : (await (made ??= make())).begin(grammar))
}
