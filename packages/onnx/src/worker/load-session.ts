import { readsSeveralTokens } from '../decode/reads-several-tokens.ts'
import { toNanoError } from '../error.ts'
import { type DecoderGraph, readDecoderGraph } from '../session/decoder-graph.ts'
import type { Runtime, Session } from '../session/runtime.ts'
import type { ExecutionProvider, OpenInput } from './messages.ts'
import { findModelSource } from './model-source.ts'

/** A session and the inputs and outputs of its model. */
export interface LoadedSession {
  readonly session: Session
  readonly graph: DecoderGraph
  /** The session of the other half of a decoder in two files. */
  readonly promptSession?: Session
}

interface LoadOptions {
  readonly provider: ExecutionProvider
  readonly input: Pick<OpenInput, 'path' | 'architecture' | 'cacheSizes' | 'threads'>
  /** Where bytes find the weights. */
  readonly weightsFolder: string
  /** The names of the outputs that stay on the device. */
  readonly deviceOutputs?: readonly string[]
}

/** Loads a model: the file at a path, or the bytes of a rewritten one. */
export async function loadSession(
  runtime: Runtime,
  model: string | Uint8Array,
  { provider, input, weightsFolder, deviceOutputs = [] }: LoadOptions,
): Promise<LoadedSession> {
  const session = await createSession(runtime, model, {
    provider,
    input,
    weightsFolder,
    deviceOutputs,
  })
  const keepsCacheOnDevice = deviceOutputs.length > 0
  return releaseOnError(session, async () => ({
    session,
    graph: readDecoderGraph(session, {
      label: nameModel(input),
      cacheSizes: input.cacheSizes,
      keepsCacheOnDevice,
    }),
  }))
}

interface BranchOptions extends Pick<LoadOptions, 'provider'> {
  readonly runtime: Runtime
  readonly input: OpenInput
}

/**
 * Completes a decoder that has one branch, or one file, for the start of a prompt and another to
 * continue a cache: loads the other file, and finds out what a run of the second can read.
 */
export async function loadBranches(
  loaded: LoadedSession,
  { runtime, provider, input }: BranchOptions,
): Promise<LoadedSession> {
  const { promptPath, vocabularySize } = input
  const { session, graph } = loaded
  return releaseOnError(session, async () => {
    const halves =
      promptPath === undefined
        ? {}
        : { promptSession: await loadPromptHalf(runtime, promptPath, { provider, input }) }
    const target = { runtime, ...loaded, ...halves }
    const readsOneToken = !(await readsSeveralTokens({ target, vocabularySize }))
    return { ...loaded, ...halves, graph: { ...graph, readsOneToken } }
  })
}

async function loadPromptHalf(
  runtime: Runtime,
  promptPath: string,
  { provider, input }: Pick<LoadOptions, 'provider' | 'input'>,
): Promise<Session> {
  const { model, weightsFolder } = await findModelSource({ ...input, path: promptPath })
  return createSession(runtime, model, {
    provider,
    input: { ...input, path: promptPath },
    weightsFolder,
  })
}

async function createSession(
  runtime: Runtime,
  model: string | Uint8Array,
  { provider, input, weightsFolder, deviceOutputs = [] }: LoadOptions,
): Promise<Session> {
  const { threads } = input
  return runtime.InferenceSession.create(model, {
    executionProviders: [provider],
    logSeverityLevel: 4,
    ...(deviceOutputs.length > 0 && {
      preferredOutputLocation: Object.fromEntries(
        deviceOutputs.map((name) => [name, 'gpu-buffer']),
      ),
    }),
    ...(threads !== undefined && { intraOpNumThreads: threads, interOpNumThreads: 1 }),
    extra: { session: { model_external_initializers_file_folder_path: weightsFolder } },
  }).catch((cause: unknown) => {
    throw toNanoError(cause, 'open', { path: nameModel(input), provider })
  })
}

function nameModel({ path, architecture }: LoadOptions['input']): string {
  return architecture === undefined ? path : `${path} (${architecture})`
}

/** Does work, and releases the session where the work fails. */
export async function releaseOnError<T>(session: Session, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    await session.release()
    throw error
  }
}
