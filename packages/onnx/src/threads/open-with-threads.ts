import { availableParallelism } from 'node:os'
import { setTimeout } from 'node:timers/promises'
import {
  findFastestThreads,
  sameThreads,
  threadCandidates,
  type ThreadRun,
} from '@nano/chat/engine'
import { rememberThreads } from '@nano/chat/node'
import { NanoError } from '@nano/core'
import type { ModelFile } from '../model-folder/choose-model-file.ts'
import type { ModelSize } from '../model-folder/model-size.ts'
import type { OpenedSession } from '../worker/open-session.ts'
import type { RemoteSession } from '../worker/remote-session.ts'

interface ThreadChoice {
  readonly file: ModelFile
  /** What the configs say of the graph. */
  readonly architecture: string | undefined
  /** Requests served at once. */
  readonly parallel: number
  readonly modelSize: ModelSize
  readonly isOnCpu: boolean
  /** Milliseconds that a run of several steps may take. */
  readonly maxRunTime: number
  /** What the caller asks for. */
  readonly threads: number | undefined
  readonly signal: AbortSignal | undefined
}

interface SessionWithThreads extends OpenedSession {
  /** Absent where the runtime chooses. */
  readonly threads?: number
}

type OpenWithThreads = (threads?: number) => Promise<OpenedSession>

/** Milliseconds of replies that are measured. */
const budget = 120
/** Milliseconds in which the threads of another session, which spin after a run, fall asleep. */
const pause = 50
/** Tokens of the prompt and of the reply in one run. */
const promptLength = 16
const measuredLength = 8
/** Tokens of the first reply of a session, which is slower and is not measured. */
const warmUpLength = 2

/**
 * Opens a model with the threads that the caller or its size decide: one for a tiny model, those it
 * is fastest with for a small one, and what the runtime chooses for a large one.
 */
export async function openWithThreads(
  choice: ThreadChoice,
  open: OpenWithThreads,
  remember = rememberThreads,
): Promise<SessionWithThreads> {
  const { modelSize, isOnCpu } = choice
  if (choice.threads === undefined && modelSize === 'small' && isOnCpu)
    return openFastest(choice, open, remember)
  const threads = choice.threads ?? (modelSize === 'large' ? undefined : 1)
  return { ...(await open(threads)), ...(threads !== undefined && { threads }) }
}

/**
 * Opens a model with the number of threads that was measured for such a model on this machine.
 * Where none was, it opens a session with the most threads and one with half of them at the same
 * time, since loading takes one core, others when their turn comes, and keeps the session that
 * replies fastest. While other programs use the cores it measures nothing and takes one thread.
 */
async function openFastest(
  { file: { size, quantization }, architecture, parallel, maxRunTime, signal }: ThreadChoice,
  open: OpenWithThreads,
  remember: typeof rememberThreads,
): Promise<SessionWithThreads> {
  const sessions = new Map<number, Promise<OpenedSession>>()
  const warmThreads = new Set<number>()
  let replyCount = 0
  function openOnce(threads: number): Promise<OpenedSession> {
    const session = sessions.get(threads) ?? open(threads)
    sessions.set(threads, session)
    return session
  }
  async function measure(threads: number): Promise<ThreadRun> {
    const { session } = await openOnce(threads)
    if (!warmThreads.has(threads)) await measureReply(session, replyCount++, warmUpLength)
    warmThreads.add(threads)
    await setTimeout(pause)
    signal?.throwIfAborted()
    return measureReply(session, replyCount++, measuredLength)
  }
  const cores = availableParallelism()
  try {
    const { decode: threads } = await remember({
      subject: ['onnxruntime', architecture, size, quantization, parallel, maxRunTime],
      cores,
      chooseWhenBusy: () => 1,
      async measure() {
        await Promise.all(threadCandidates(cores).slice(0, 2).map(openOnce))
        return sameThreads(await findFastestThreads({ maxThreads: cores, budget, run: measure }))
      },
    })
    signal?.throwIfAborted()
    const fastest = await openOnce(threads)
    sessions.delete(threads)
    return { ...fastest, threads }
  } finally {
    // One that cannot be opened or closed keeps no other one open.
    const closings = [...sessions.values()].map(async (opening) => (await opening).session.close())
    await Promise.allSettled(closings)
  }
}

/** Each call needs another `firstToken`, so that nothing of its prompt is in the KV cache. */
async function measureReply(
  session: RemoteSession,
  firstToken: number,
  replyLength: number,
): Promise<ThreadRun> {
  const prompt = Array.from({ length: promptLength }, () => firstToken)
  const startedAt = performance.now()
  const reply = { sequence: 0, prompt, batchSize: promptLength, sampling: { temperature: 0 } }
  const beginning = await session.call('beginReply', reply)
  let lastToken = beginning.firstToken?.token ?? 0
  for (let length = 1; length < replyLength;) {
    const maxTokens = replyLength - length
    const step = { sequence: 0, tokens: [lastToken], origin: 'sampled', maxTokens } as const
    const [result] = await session.call('sampleTokens', [step])
    if (!result || 'error' in result)
      throw new NanoError('internal', `onnx: a step failed: ${result?.error.message}`)
    const { token, followingTokens = [] } = result
    lastToken = followingTokens.at(-1) ?? token
    length += 1 + followingTokens.length
  }
  return { steps: 1, time: performance.now() - startedAt }
}
