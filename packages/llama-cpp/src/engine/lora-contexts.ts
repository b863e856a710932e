import { slots, rejectOnAbort } from '@nano/core/driver'
import type { Token } from '../runtime.ts'
import type { SequenceLease, SharedContext } from './shared-context.ts'

/** The contexts of the LoRA adapters that are in use. */
export interface LoraContexts {
  /**
   * Waits for a sequence of the adapter's context, which stays open until the sequence is released.
   * Rejects with `signal.reason` on abort.
   */
  take(lora: string, prompt: readonly Token[], signal: AbortSignal): Promise<SequenceLease>
  dispose(): Promise<void>
}

interface LoraContextsOptions {
  /** Contexts that are open at once; each costs as much memory as the model's own. */
  readonly limit: number
  readonly open: (lora: string) => Promise<SharedContext>
}

/** The context of an adapter, open or being opened. */
interface Entry {
  readonly context: Promise<SharedContext>
  users: number
}

/**
 * The runtime ties an adapter to a context, not to a request, so each adapter gets a context when a
 * request first names it. At the limit, the context that was unused for longest is closed with its
 * KV cache; while all are in use, requests for another wait, first come, first served. The runtime
 * cannot stop opening a context: when the request is aborted, the context is kept for the next one.
 */
export function loraContexts({ limit, open }: LoraContextsOptions): LoraContexts {
  /** In the order of last use. */
  const entries = new Map<string, Entry>()
  /** The request that holds it opens and closes contexts; the others queue. */
  const turns = slots([{}])
  let wakeUp = () => {}

  async function useEntry(lora: string, signal: AbortSignal): Promise<Entry> {
    for (;;) {
      signal.throwIfAborted()
      const existingEntry = entries.get(lora)
      if (existingEntry) return addUser(lora, existingEntry)
      if (entries.size < limit) return addUser(lora, { context: open(lora), users: 0 })
      const idleEntry = [...entries].find(([, { users }]) => users === 0)
      if (idleEntry) {
        entries.delete(idleEntry[0])
        const context = disposeContext(idleEntry[1]).then(() => open(lora))
        return addUser(lora, { context, users: 0 })
      }
      await rejectOnAbort(new Promise<void>((resolve) => (wakeUp = resolve)), signal)
    }
  }

  function addUser(lora: string, entry: Entry): Entry {
    entry.users++
    entries.delete(lora)
    entries.set(lora, entry)
    entry.context.catch(() => {
      if (entries.get(lora) === entry) entries.delete(lora)
    })
    return entry
  }

  return {
    async take(lora, prompt, signal) {
      const turn = await turns.take(signal)
      // The entry has its user before the next request looks for one without.
      const entry = await useEntry(lora, signal).finally(() => turns.release(turn))
      const removeUser = () => {
        entry.users--
        wakeUp()
      }
      try {
        const context = await rejectOnAbort(entry.context, signal)
        const lease = await context.take(prompt, signal)
        return {
          ...lease,
          release() {
            lease.release()
            removeUser()
          },
        }
      } catch (error) {
        removeUser()
        throw error
      }
    },
    async dispose() {
      // Keeps the turn, so that no request opens a context afterwards.
      await turns.take(AbortSignal.any([]))
      await Promise.all([...entries.values()].map(disposeContext))
    },
  }
}

async function disposeContext({ context }: Entry): Promise<void> {
  const openedContext = await context.catch(() => undefined)
  await openedContext?.dispose()
}
