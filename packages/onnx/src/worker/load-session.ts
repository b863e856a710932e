import { dirname } from 'node:path'
import { toNanoError } from '../error.ts'
import { type DecoderGraph, readDecoderGraph } from '../session/decoder-graph.ts'
import type { Runtime, Session } from '../session/runtime.ts'
import type { ExecutionProvider, OpenInput } from './messages.ts'

/** A session and the inputs and outputs of its model. */
export interface LoadedSession {
  readonly session: Session
  readonly graph: DecoderGraph
}

interface LoadOptions {
  readonly provider: ExecutionProvider
  readonly input: Pick<OpenInput, 'path' | 'threads'>
  /** The names of the outputs that stay on the device. */
  readonly deviceOutputs?: readonly string[]
}

/** Loads a model: the file at a path, or the bytes of a rewritten one. */
export async function loadSession(
  runtime: Runtime,
  model: string | Uint8Array,
  { provider, input: { path, threads }, deviceOutputs = [] }: LoadOptions,
): Promise<LoadedSession> {
  const keepsCacheOnDevice = deviceOutputs.length > 0
  const session = await runtime.InferenceSession.create(model, {
    executionProviders: [provider],
    logSeverityLevel: 4,
    ...(keepsCacheOnDevice && {
      preferredOutputLocation: Object.fromEntries(
        deviceOutputs.map((name) => [name, 'gpu-buffer']),
      ),
    }),
    ...(threads !== undefined && { intraOpNumThreads: threads, interOpNumThreads: 1 }),
    // Where the bytes of a rewritten model find the weights.
    extra: { session: { model_external_initializers_file_folder_path: dirname(path) } },
  }).catch((cause: unknown) => {
    throw toNanoError(cause, 'open', { path, provider })
  })
  return releaseOnError(session, async () => ({
    session,
    graph: readDecoderGraph(session, path, { keepsCacheOnDevice }),
  }))
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
