import { type Slots, slots } from '@nano/core'
import type { Lockstep } from './lockstep.ts'
import type { Slot } from './sequences.ts'

/** A context of the runtime and its sequences. */
export interface Context {
  readonly sequences: Slots<Slot>
  readonly lockstep: Lockstep
  /** Whoever has it reads a piece of a prompt in the next step; the others wait, first come first served, or their tokens would be late. */
  readonly reading: Slots<object>
  dispose(): Promise<void>
}

/** The contexts of one model: its own, and one for each LoRA adapter in use. */
export interface Contexts {
  /** The context for `lora`, which stays open until it is given back. Rejects with `signal.reason` on abort while waiting. */
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

/**
 * An adapter belongs to a context of the runtime, not to a request, so each gets one when it is first asked for. At the limit the
 * one left alone for longest gives way, with its KV cache; while all are busy, requests for another wait, first come first served.
 */
export function contexts({ own, limit, open }: ContextsOptions): Contexts {
  const opened = new Map<string, { readonly context: Context; users: number }>()
  /** Who holds it decides which contexts are open; the rest queue behind. */
  const door = slots([{}])
  let freed = () => {}

  async function opening(lora: string, signal: AbortSignal): Promise<{ readonly context: Context; users: number }> {
    for (;;) {
      signal.throwIfAborted()
      const known = opened.get(lora)
      // Taken out and put back: the map is in the order of last use.
      opened.delete(lora)
      if (known || opened.size < limit) {
        const entry = known ?? { context: await open(lora), users: 0 }
        opened.set(lora, entry)
        return entry
      }
      const idle = [...opened].find(([, { users }]) => users === 0)
      if (idle) {
        opened.delete(idle[0])
        await idle[1].context.dispose()
      } else await someoneLeaves(signal)
    }
  }

  function someoneLeaves(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = () => reject(signal.reason as Error)
      signal.addEventListener('abort', leave, { once: true })
      freed = () => {
        signal.removeEventListener('abort', leave)
        resolve()
      }
    })
  }

  return {
    async on(lora, signal) {
      if (lora === undefined) return { context: own, give: () => {} }
      const turn = await door.take(signal)
      try {
        const entry = await opening(lora, signal)
        entry.users++
        return {
          context: entry.context,
          give() {
            entry.users--
            freed()
          },
        }
      } finally {
        door.give(turn)
      }
    },
    async dispose() {
      // Nobody opens one while all are disposed of.
      await door.take(AbortSignal.any([]))
      await Promise.all([own, ...[...opened.values()].map(({ context }) => context)].map((context) => context.dispose()))
    },
  }
}
