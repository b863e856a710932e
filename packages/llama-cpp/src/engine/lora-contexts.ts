import type { SequencePool } from '@nano/chat/engine'
import { slots, rejectOnAbort } from '@nano/core/driver'
import type { Lockstep } from './lockstep.ts'
import type { LlamaSequence } from '../runtime.ts'
import type { TokenBudget } from './token-budget.ts'

/** A context of the runtime and its sequences. */
export interface Context {
  readonly sequences: SequencePool<LlamaSequence>
  readonly lockstep: Lockstep
  /** What pieces of prompts a step may hold; more, and the others' tokens would be late. */
  readonly reading: TokenBudget
  dispose(): Promise<void>
}

/** The contexts of one model: its own, and one for each LoRA adapter in use. */
export interface Contexts {
  /**
   * The context for `lora`, which stays open until it is given back. Rejects with `signal.reason`
   * on abort while waiting.
   */
  on(lora: string | undefined, signal: AbortSignal): Promise<Lease>
  dispose(): Promise<void>
}

/** A context that is kept open for one request. */
interface Lease {
  readonly context: Context
  give(): void
}

interface ContextsOptions {
  readonly own: Context
  /** Adapter contexts open at once; each costs the memory of the model's own. */
  readonly limit: number
  readonly open: (lora: string) => Promise<Context>
}

/** An adapter's context, made or being made. */
interface Entry {
  readonly context: Promise<Context>
  users: number
}

/**
 * An adapter belongs to a context of the runtime, not to a request, so each gets one when it is
 * first asked for. At the limit the one left alone for longest gives way, with its KV cache; while
 * all are busy, requests for another wait, first come first served. The runtime does not stop
 * making a context: one whose request was aborted is kept for the next.
 */
export function contexts({ own, limit, open }: ContextsOptions): Contexts {
  const opened = new Map<string, Entry>()
  /** Who holds it decides which contexts are open; the rest queue behind. */
  const door = slots([{}])
  let freed = () => {}

  async function entryOf(lora: string, signal: AbortSignal): Promise<Entry> {
    for (;;) {
      signal.throwIfAborted()
      const known = opened.get(lora)
      // Taken out and put back: the map is in the order of last use.
      opened.delete(lora)
      if (known || opened.size < limit)
        return kept(lora, known ?? { context: open(lora), users: 0 })
      const idle = [...opened].find(([, { users }]) => users === 0)
      if (idle) {
        opened.delete(idle[0])
        return kept(lora, { context: disposed(idle[1]).then(() => open(lora)), users: 0 })
      }
      await rejectOnAbort(new Promise<void>((resolve) => (freed = resolve)), signal)
    }
  }

  /** Used before the door opens again: the next would take it for idle. */
  function kept(lora: string, entry: Entry): Entry {
    entry.users++
    opened.set(lora, entry)
    entry.context.catch(() => {
      if (opened.get(lora) === entry) opened.delete(lora)
    })
    return entry
  }

  return {
    async on(lora, signal) {
      if (lora === undefined) return { context: own, give: () => {} }
      const turn = await door.take(signal)
      const entry = await entryOf(lora, signal).finally(() => door.release(turn))
      const give = () => {
        entry.users--
        freed()
      }
      try {
        return { context: await rejectOnAbort(entry.context, signal), give }
      } catch (error) {
        give()
        throw error
      }
    },
    async dispose() {
      // Nobody opens one while all are disposed of.
      await door.take(AbortSignal.any([]))
      await Promise.all([own.dispose(), ...[...opened.values()].map(disposed)])
    },
  }
}

async function disposed({ context }: Entry): Promise<void> {
  const made = await context.catch(() => undefined)
  await made?.dispose()
}
