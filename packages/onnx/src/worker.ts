import { readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { parentPort, workerData } from 'node:worker_threads'
import { vocabulary } from '@nano/chat/tokenizer'
import { NanoError } from '@nano/core'
import { type Decoder, decoder } from './decode.ts'
import { toNanoError } from './error.ts'
import { type Grammars, grammars, type GrammarState } from './grammar.ts'
import { type Graph, graphOf } from './graph.ts'
import type { Answered, Asked, CallName, Calls, Device, Failure, OpenSession } from './messages.ts'
import { presence } from './presence.ts'
import { loadRuntime, type Runtime, type Session } from './runtime.ts'

// onnxruntime-node 1.30.0 puts halves into Node 24's Float16Array and then cannot read it. Without that type, in this thread alone, they
// come and go as bits. It looks when the first tensor is made.
Reflect.deleteProperty(globalThis, 'Float16Array')

/** A model in its own thread: the runtime computes on the thread that calls it. Calls are answered one after another. */
interface Opened {
  readonly sessions: readonly Session[]
  readonly decoder: Decoder
  /** For a grammar in GBNF; nothing for none. */
  readonly grammarState: (grammar: string | undefined) => Promise<GrammarState | undefined>
}

let opened: Opened | undefined
let last = Promise.resolve()
const { working } = presence(workerData as SharedArrayBuffer)

parentPort?.on('message', (asked: Asked) => {
  last = last.then(() => answer(asked))
})

async function answer({ id, name, ask }: Asked): Promise<void> {
  let answered: Answered
  try {
    answered = { id, answer: await working<unknown>(() => handlers[name](ask as never)) }
  } catch (cause) {
    answered = { id, error: failure(cause, name) }
  }
  parentPort?.postMessage(answered)
}

function failure(cause: unknown, name: CallName): Failure {
  const { code, message } = toNanoError(cause, name)
  return { code, message }
}

const handlers: { readonly [Name in keyof Calls]: (ask: Calls[Name]['ask']) => Promise<Calls[Name]['answer']> } = {
  async open(asked) {
    const runtime = await loadRuntime()
    for (const [index, device] of asked.devices.entries()) {
      try {
        opened = await openOn(runtime, device, asked)
        return { device, without: asked.devices.slice(0, index) }
      } catch (error) {
        if (index === asked.devices.length - 1) throw error
      }
    }
    throw new NanoError('internal', 'onnx: no device was asked for')
  },
  async begin({ sequence, prompt, grammar, ...choosing }) {
    const { decoder, grammarState } = there()
    return decoder.begin(sequence, prompt, { ...choosing, grammar: await grammarState(grammar) })
  },
  read: ({ sequence, tokens }) => there().decoder.read(sequence, tokens),
  async hold({ sequence, grammar }) {
    const { decoder, grammarState } = there()
    decoder.hold(sequence, await grammarState(grammar))
  },
  async next(asked) {
    return (await there().decoder.next(asked)).map((sampled) => (sampled instanceof Error ? { error: failure(sampled, 'next') } : sampled))
  },
  async close() {
    for (const session of opened?.sessions ?? []) await session.release()
    opened = undefined
  },
}

function there(): Opened {
  if (opened) return opened
  throw new NanoError('internal', 'onnx: the session is not open')
}

/** The library is loaded when the first grammar is asked for: most models never are. */
function grammarStates({ tokenizer, ends }: OpenSession): Opened['grammarState'] {
  let made: Promise<Grammars> | undefined
  const make = async () => grammars({ vocabulary: vocabulary({ tokenizer: JSON.parse(await readFile(tokenizer, 'utf8')) }), ends })
  return async (grammar) => (grammar === undefined ? undefined : (await (made ??= make())).begin(grammar))
}

/** With a loop where there is one and two steps at least fit into a run; a loop cannot take a batch, so both are kept or the batch is. */
async function openOn(runtime: Runtime, device: Device, asked: OpenSession): Promise<Opened> {
  const { path, loop, keepBoth, longestRun, vocabularySize, sequences, ends } = asked
  const grammarState = grammarStates(asked)
  const common = { runtime, vocabularySize, sequences, ends, longestRun }
  const load = async (file: string | Uint8Array): Promise<Loaded> => {
    const session = await runtime.InferenceSession.create(file, sessionOptions(device, asked)).catch((cause: unknown) => {
      throw toNanoError(cause, 'open', { path, device })
    })
    return orRelease(session, async () => ({ session, graph: graphOf(session, path) }))
  }

  const plain = await load(path)
  const made = decoder({ ...common, ...plain })
  const { batches, took } = await orRelease(plain.session, () => made.tryOut())
  const opened = { sessions: [plain.session], decoder: made, grammarState }
  if (!loop || (batches && !keepBoth) || 2 * took > longestRun) return opened

  if (!keepBoth) await plain.session.release()
  try {
    const looped = await load(loop)
    const both = decoder({ ...common, ...(keepBoth ? plain : looped), loop: looped })
    await orRelease(looped.session, () => both.tryOut())
    return { sessions: keepBoth ? [plain.session, looped.session] : [looped.session], decoder: both, grammarState }
  } catch {
    // The model runs, though not in a loop.
    if (keepBoth) return opened
    const { loop: _, ...without } = asked
    return openOn(runtime, device, without)
  }
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
