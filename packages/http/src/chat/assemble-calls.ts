import { NanoError, type Part } from '@nano/core'
import type { CallDelta } from './chat-dialect.ts'

/** Puts calls together that come in pieces. */
export interface CallAssembler {
  push(deltas: readonly CallDelta[]): void
  /**
   * The calls, whole and parsed, in the order they began. Throws `bad-output` for arguments that
   * are not JSON, unless the reply was cut.
   */
  end(cut: boolean): readonly Part[]
}

interface Begun {
  readonly index: number | undefined
  id?: string | undefined
  name: string
  text: string
  input?: unknown
}

/** `taken` are the ids of the conversation, which calls that come without one do not repeat. */
export function assembleCalls(who: string, taken: readonly string[]): CallAssembler {
  const begun: Begun[] = []

  /**
   * Of the same index; where a server gives none, a piece with a name or a new id begins a call,
   * and another goes on with the last.
   */
  function of({ index, id, name }: CallDelta): Begun {
    const known =
      index !== undefined
        ? begun.find((call) => call.index === index)
        : id !== undefined || name !== undefined
          ? begun.find((call) => id !== undefined && call.id === id)
          : begun.at(-1)
    if (known) return known
    const call: Begun = { index, name: '', text: '' }
    begun.push(call)
    return call
  }

  return {
    push(deltas) {
      for (const delta of deltas) {
        const call = of(delta)
        call.id ??= delta.id
        // Some servers repeat the whole name with every piece.
        if (delta.name !== undefined && delta.name !== call.name) call.name += delta.name
        if (delta.text !== undefined) call.text += delta.text
        if (delta.input !== undefined) call.input = delta.input
      }
    },
    end(cut) {
      const used = new Set(taken)
      return begun.flatMap((call, index): Part[] => {
        const input = call.input ?? parsed(call.text)
        if (call.name === '' || input === undefined) {
          if (cut) return []
          throw new NanoError(
            'bad-output',
            `${who}: the server sent a call ${call.name ? `of ${call.name} whose arguments are not JSON` : 'without a name'}`,
          )
        }
        const id = call.id && !used.has(call.id) ? call.id : fresh(used, index)
        used.add(id)
        return [{ type: 'tool-call', id, name: call.name, input }]
      })
    },
  }
}

/** No arguments at all are an empty object. */
function parsed(text: string): unknown {
  try {
    return text.trim() === '' ? {} : JSON.parse(text)
  } catch {
    return undefined
  }
}

function fresh(used: ReadonlySet<string>, index: number): string {
  for (let number = used.size + index; ; number++) {
    const id = `call_${number}`
    if (!used.has(id)) return id
  }
}
