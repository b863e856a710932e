import type { CompletionOptions, Increment, Steering } from '@nano/chat/engine'
import type { LlamaCppEngine } from '../engine/engine.ts'
import type { LoraFile } from '../gguf/lora-file.ts'
import type { EngineSource, LoadOptions } from '../load/open-engine.ts'
import type { LoraOption } from '../options.ts'
import { type EngineProcess, engineProcess, type RunningCall } from './engine-process.ts'
import { mailbox } from './mailbox.ts'
import type { CompletionEvent } from './messages.ts'

/** Loads a model into a process of its own. Throws what `openEngine` throws, and `unavailable`. */
export async function openRemoteEngine(
  { file, format, loras }: EngineSource,
  { signal, onLoad, ...options }: LoadOptions,
): Promise<LlamaCppEngine> {
  const process = engineProcess()
  try {
    const input = {
      path: file.path,
      format,
      options: { ...options, loras: Object.fromEntries([...loras].map(toOption)) },
    }
    const { output } = process.begin('open', input, onLoad)
    // A process that loads a model has nothing to keep.
    const claims = await finish({ output, send: process.kill }, signal)
    signal?.throwIfAborted()
    return {
      ...claims,
      complete: (prompt, options) => complete(process, prompt, options),
      tokenize: (prompt, signal) => finish(process.begin('tokenize', prompt), signal),
      detokenize: (tokens) => finish(process.begin('detokenize', tokens)),
      saveState: (prompt, { signal, ...target }) =>
        finish(process.begin('saveState', { prompt, target }), signal),
      loadState: ({ signal, ...source }) => finish(process.begin('loadState', source), signal),
      async close() {
        try {
          if (!process.hasEnded) await finish(process.begin('close', undefined))
        } finally {
          await process.close()
        }
      },
    }
  } catch (error) {
    await process.close()
    throw error
  }
}

/** An adapter as the options name it. Its path is absolute: folders of processes may differ. */
function toOption([name, { filePath, scale }]: [string, LoraFile]): [string, LoraOption] {
  return [name, { path: filePath, scale }]
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

/** The process computes the next increment while one is on its way, unless the reader steers. */
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
      if (!event) {
        await output
        signal.throwIfAborted()
        return
      }
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
