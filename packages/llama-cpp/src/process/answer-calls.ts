import type { Steering } from '@nano/chat/engine'
import { NanoError } from '@nano/core'
import type { LlamaCppEngine } from '../engine/engine.ts'
import { readLoraFiles } from '../gguf/lora-file.ts'
import { readModelFile } from '../gguf/model-file.ts'
import { openEngine } from '../load/open-engine.ts'
import { loadRuntime } from '../runtime.ts'
import { type Mailbox, mailbox } from './mailbox.ts'
import type {
  EngineCall,
  EngineCalls,
  EngineClaims,
  EngineRequest,
  EngineResponse,
  SentError,
} from './messages.ts'

/** A call that has not been answered. */
interface RunningCall {
  readonly abort: AbortController
  /** For each increment that the reader of a completion has taken, how it steers. */
  readonly steerings: Mailbox<{ readonly steering: Steering | undefined }>
}

interface CallContext<Event> extends Pick<RunningCall, 'steerings'> {
  readonly signal: AbortSignal
  readonly tell: (event: Event) => void
}

const runningCalls = new Map<number, RunningCall>()
let openedEngine: LlamaCppEngine | undefined

process.on('message', (request: EngineRequest) => {
  const { id } = request
  if ('call' in request) return void answerCall(request)
  const call = runningCalls.get(id)
  if ('taken' in request) return call?.steerings.put({ steering: request.taken })
  call?.abort.abort()
  call?.steerings.end()
})

async function answerCall({ id, call, input }: Extract<EngineRequest, { call: EngineCall }>) {
  const respond = (response: EngineResponse) => process.send?.(response)
  const abort = new AbortController()
  const steerings: RunningCall['steerings'] = mailbox()
  runningCalls.set(id, { abort, steerings })
  try {
    const output = await handlers[call](input as never, {
      signal: abort.signal,
      steerings,
      tell: (event: unknown) => respond({ id, event }),
    })
    respond({ id, output })
  } catch (error) {
    respond({ id, error: toSentError(error) })
  } finally {
    runningCalls.delete(id)
  }
}

function toSentError(error: unknown): SentError {
  if (!(error instanceof Error)) return { message: String(error) }
  const { message, cause } = error
  return {
    message,
    ...(cause instanceof Error && { cause: { name: cause.name, message: cause.message } }),
    ...(NanoError.is(error) && { code: error.code, retryable: error.retryable }),
  }
}

const handlers: {
  readonly [Call in EngineCall]: (
    input: EngineCalls[Call]['input'],
    context: CallContext<EngineCalls[Call]['event']>,
  ) => Promise<EngineCalls[Call]['output']>
} = {
  async open({ path, format, options }, { signal, tell }) {
    const runtime = await loadRuntime()
    const file = await readModelFile(path, runtime)
    const loras = await readLoraFiles(options.loras, { model: file, runtime })
    const source = { runtime, file, loras, format }
    openedEngine = await openEngine(source, { ...options, signal, onLoad: tell })
    return claimsOf(openedEngine)
  },
  async complete({ prompt, options }, { signal, steerings, tell }) {
    const completion = requireEngine().complete(prompt, {
      ...options,
      signal,
      onPrefill: (prefill) => tell({ prefill }),
    })
    try {
      // The first wait is left out where the reader does not steer: later ones are then for the
      // increment before.
      let waitsForReader = options.isSteered === true
      let steering: Steering | undefined
      for (;;) {
        const { value: increment, done } = await completion.next(steering)
        if (done) return
        tell({ increment })
        if (increment.finishReason) return
        if (waitsForReader) {
          const taken = await steerings.take()
          if (!taken) return
          steering = taken.steering
        }
        waitsForReader = true
      }
    } finally {
      await completion.return()
    }
  },
  tokenize: (prompt, { signal }) => requireEngine().tokenize(prompt, signal),
  detokenize: (tokens) => requireEngine().detokenize(tokens),
  saveState: ({ prompt, target }, { signal }) =>
    requireEngine().saveState(prompt, { ...target, signal }),
  loadState: (source, { signal }) => requireEngine().loadState({ ...source, signal }),
  close: () => requireEngine().close(),
}

/** What an engine says of itself, without its methods. */
function claimsOf(engine: LlamaCppEngine): EngineClaims {
  const claims = Object.entries(engine).filter(([, value]) => typeof value !== 'function')
  return Object.fromEntries(claims) as unknown as EngineClaims
}

function requireEngine(): LlamaCppEngine {
  if (openedEngine) return openedEngine
  throw new NanoError('internal', 'llama-cpp: the model is not open')
}
