import type { CompletionOptions, Increment, Steering } from '@nano/chat/engine'
import type { LlamaCppEngine } from '../engine/engine.ts'
import type { EngineSource, LoadOptions } from '../load/open-engine.ts'
import { type EngineProcess, engineProcess, type RunningCall } from './engine-process.ts'
import { mailbox } from './mailbox.ts'
import type { CompletionEvent } from './messages.ts'

/** Loads a model into a process of its own. Throws what `openEngine` throws, and `internal`. */
export async function openRemoteEngine(
  { file, format }: EngineSource,
  { signal, onLoad, ...options }: LoadOptions,
): Promise<LlamaCppEngine> {
  const process = engineProcess()
  try {
    const input = { path: file.path, format, options }
    const claims = await finish(process.begin('open', input, onLoad), signal)
    return {
      ...claims,
      complete: (prompt, options) => complete(process, prompt, options),
      tokenize: (prompt, signal) => finish(process.begin('tokenize', prompt), signal),
      detokenize: (tokens) => finish(process.begin('detokenize', tokens)),
      saveState: (prompt, { signal, ...target }) =>
        finish(process.begin('saveState', { prompt, target }), signal),
      loadState: ({ signal, ...source }) => finish(process.begin('loadState', source), signal),
      async close() {
        await finish(process.begin('close', undefined)).catch(() => {})
        await process.close()
      },
    }
  } catch (error) {
    await process.close()
    throw error
  }
}

/** Waits for the end of a call, also after an abort, and throws `signal.reason` then. */
async function finish<Output>(
  { output, send }: RunningCall<Output>,
  signal?: AbortSignal,
): Promise<Output> {
  const abort = () => send({ aborted: true })
  signal?.addEventListener('abort', abort, { once: true })
  if (signal?.aborted) abort()
  try {
    return await output
  } catch (error) {
    throw signal?.aborted ? signal.reason : error
  } finally {
    signal?.removeEventListener('abort', abort)
  }
}

/** The process goes on while increments are on their way, so it is ahead by one. */
async function* complete(
  process: EngineProcess,
  prompt: readonly number[],
  { signal, onPrefill, ...options }: CompletionOptions,
): AsyncGenerator<Increment, void, Steering | undefined> {
  signal.throwIfAborted()
  const events = mailbox<CompletionEvent>()
  const { output, send } = process.begin('complete', { prompt, options }, events.put)
  const abort = () => send({ aborted: true })
  signal.addEventListener('abort', abort, { once: true })
  output.then(events.end, events.end)
  try {
    for (;;) {
      const event = await events.take()
      if (!event) return await output
      if ('prefill' in event) {
        onPrefill?.(event.prefill)
        continue
      }
      const steering = yield event.increment
      if (event.increment.finishReason) return
      send({ taken: steering })
    }
  } catch (error) {
    throw signal.aborted ? signal.reason : error
  } finally {
    signal.removeEventListener('abort', abort)
    abort()
    // The sequence is free for the next request then.
    await output.catch(() => {})
  }
}
