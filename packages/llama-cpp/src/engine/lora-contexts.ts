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

/** The context of an adapter, open or being opened, and how many requests use it. */
interface AdapterContext {
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
  const adapterContexts = new Map<string, AdapterContext>()
  /** The request that holds it opens and closes contexts; the others queue. */
  const turns = slots([{}])
  let wakeUp = () => {}

  async function useContext(lora: string, signal: AbortSignal): Promise<AdapterContext> {
    for (;;) {
      signal.throwIfAborted()
      const currentContext = adapterContexts.get(lora)
      if (currentContext) return addUser(lora, currentContext)
      if (adapterContexts.size < limit) return addUser(lora, { context: open(lora), users: 0 })
      const [idleLora, idleContext] =
        [...adapterContexts].find(([, { users }]) => users === 0) ?? []
      if (idleLora !== undefined && idleContext) {
        adapterContexts.delete(idleLora)
        const context = disposeContext(idleContext).then(() => open(lora))
        return addUser(lora, { context, users: 0 })
      }
      await rejectOnAbort(new Promise<void>((resolve) => (wakeUp = resolve)), signal)
    }
  }

  function addUser(lora: string, adapterContext: AdapterContext): AdapterContext {
    adapterContext.users++
    adapterContexts.delete(lora)
    adapterContexts.set(lora, adapterContext)
    adapterContext.context.catch(() => {
      if (adapterContexts.get(lora) === adapterContext) adapterContexts.delete(lora)
    })
    return adapterContext
  }

  return {
    async take(lora, prompt, signal) {
      const turn = await turns.take(signal)
      // The context has its user before the next request looks for one without.
      const adapterContext = await useContext(lora, signal).finally(() => turns.release(turn))
      const removeUser = () => {
        adapterContext.users--
        wakeUp()
      }
      try {
        const context = await rejectOnAbort(adapterContext.context, signal)
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
      await Promise.all([...adapterContexts.values()].map(disposeContext))
    },
  }
}

async function disposeContext({ context }: AdapterContext): Promise<void> {
  const openedContext = await context.catch(() => undefined)
  await openedContext?.dispose()
}
