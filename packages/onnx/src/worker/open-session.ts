import { rejectOnAbort } from '@nano/core/driver'
import type { OpenInput, OpenOutput } from './messages.ts'
import { type RemoteSession, remoteSession } from './remote-session.ts'

/** A worker thread in which a model is open. */
export interface OpenedSession {
  readonly session: RemoteSession
  readonly openOutput: OpenOutput
}

/** Starts a worker and opens a model in it. Leaves nothing running where that fails. */
export async function openSession(
  input: OpenInput,
  signal: AbortSignal | undefined,
): Promise<OpenedSession> {
  const session = remoteSession()
  try {
    return { session, openOutput: await rejectOnAbort(session.call('open', input), signal) }
  } catch (error) {
    const sessionClose = session.close()
    // A session that is still loading closes once it has loaded: an abort does not wait for that.
    if (!signal?.aborted) await sessionClose
    throw error
  }
}
