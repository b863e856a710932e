import { sequencePool } from '@nano/chat/engine'
import type { PrefillProgress } from '@nano/core/driver'
import { type RuntimeLog, toNanoError } from '../error.ts'
import type { LlamaContext, LlamaSequence, Token } from '../runtime.ts'
import { batchScheduler, type BatchThreads } from './batch-scheduler.ts'

/** A context of the runtime that requests share: each has a sequence, and one batch decodes all. */
export interface SharedContext {
  /** Waits for a sequence for `prompt`. Rejects with `signal.reason` on abort. */
  take(prompt: readonly Token[], signal: AbortSignal): Promise<SequenceLease>
  /** Waits for the calls into the runtime that have not returned. */
  dispose(): Promise<void>
}

/** A sequence of the KV cache that one request holds, and how the request decodes on it. */
export interface SequenceLease {
  readonly sequence: LlamaSequence
  /** Its place in the context, which orders a batch. */
  readonly index: number
  /** Reads the prompt but for its last batch. Throws `signal.reason` on abort. */
  prefill(options: PrefillOptions): Promise<Prefilled>
  /** Runs a call that decodes one token, in one batch with those of the other requests. */
  decode<T>(call: () => Promise<T>): Promise<T>
  /** Runs a call that reads so many tokens of the prompt, once a batch has room for them. */
  read<T>(tokens: number, call: () => Promise<T>): Promise<T>
  /** Runs any other call into the runtime. */
  run<T>(call: () => Promise<T>): Promise<T>
  /** Notes that the sequence holds these tokens, where a call other than `prefill` read them. */
  setPrompt(tokens: readonly number[]): void
  release(): void
}

interface PrefillOptions {
  /** Tokens at the end of the prompt that are read even if they are cached. */
  readonly uncached: number
  readonly onPrefill?: ((progress: PrefillProgress) => void) | undefined
}

interface Prefilled {
  /** Tokens of the prompt that were in the KV cache. */
  readonly cachedInput: number
  /** The last tokens of the prompt, which are not read yet. */
  readonly unreadTokens: readonly Token[]
}

interface SharedContextOptions {
  readonly context: LlamaContext
  /** How many sequences it has. */
  readonly parallel: number
  /** Tokens of a prompt that are read at a time: an abort and the others' next tokens wait. */
  readonly batchSize: number
  readonly threads: BatchThreads
  /** Begins the messages of errors. */
  readonly name: string
  readonly log: RuntimeLog
}

export function sharedContext({
  context,
  parallel,
  batchSize,
  threads,
  name,
  log,
}: SharedContextOptions): SharedContext {
  const pool = sequencePool(Array.from({ length: parallel }, () => context.getSequence()))
  const scheduler = batchScheduler(batchSize)
  /** Calls into the runtime that have not returned: its memory must outlive them. */
  const runningCalls = new Set<Promise<unknown>>()

  async function run<T>(call: () => Promise<T>): Promise<T> {
    const result = call()
    runningCalls.add(result)
    threads.setBusy(true)
    try {
      return await result
    } catch (cause) {
      throw await toNanoError({ cause, label: name, activity: 'decoding', log, isDecoding: true })
    } finally {
      runningCalls.delete(result)
      if (runningCalls.size === 0) threads.setBusy(false)
    }
  }

  return {
    async take(prompt, signal) {
      const slot = await pool.take(prompt, signal)
      const { sequence, index } = slot
      const member = scheduler.join()

      const read = <T>(tokens: number, call: () => Promise<T>) =>
        member.read(tokens, signal, async () => {
          signal.throwIfAborted()
          return run(call)
        })

      return {
        sequence,
        index,
        read,
        run,
        decode: (call) => member.decode(() => run(call)),
        async prefill({ uncached, onPrefill }) {
          await run(() => keepPrefix(sequence, prompt, uncached))
          signal.throwIfAborted()
          const cachedInput = sequence.nextTokenIndex
          let position = cachedInput
          while (prompt.length - position > batchSize) {
            const tokens = prompt.slice(position, position + batchSize)
            await read(batchSize, () =>
              sequence.evaluateWithoutGeneratingNewTokens(tokens, { evaluationPriority: index }),
            )
            signal.throwIfAborted()
            position += batchSize
            onPrefill?.({ processed: position, total: prompt.length })
          }
          return { cachedInput, unreadTokens: prompt.slice(position) }
        },
        setPrompt(tokens) {
          slot.prompt = tokens
        },
        release() {
          member.leave()
          pool.release(slot)
        },
      }
    },
    async dispose() {
      while (runningCalls.size > 0) await Promise.allSettled(runningCalls)
      await context.dispose()
    },
  }
}

/** Drops what the sequence holds beyond its common prefix with `prompt`. */
async function keepPrefix(
  sequence: LlamaSequence,
  prompt: readonly Token[],
  uncached: number,
): Promise<void> {
  await sequence.adaptStateToTokens([...prompt], false)
  const end = prompt.length - uncached
  if (sequence.nextTokenIndex > end)
    await sequence.eraseContextTokenRanges([{ start: end, end: sequence.nextTokenIndex }])
}
