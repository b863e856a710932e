import { callIdGenerator } from '@nano/chat/engine'
import { NanoError, type Part } from '@nano/core'
import type { ToolCallDelta } from './chat-dialect.ts'

/** Assembles tool calls that arrive in pieces. */
export interface ToolCallAssembler {
  push(deltas: readonly ToolCallDelta[]): void
  /**
   * Returns the calls, whole and parsed, in the order in which they began. Throws `bad-output` for
   * arguments that are not JSON; with `isCut`, where the reply ended early, it drops such a call.
   */
  end(isCut: boolean): readonly Part[]
}

interface PartialCall {
  readonly index: number | undefined
  id?: string | undefined
  name: string
  argumentsText: string
  input?: unknown
}

/** A call without an id gets one that is not in `takenIds`, the ids of the conversation. */
export function toolCallAssembler(label: string, takenIds: readonly string[]): ToolCallAssembler {
  const calls: PartialCall[] = []

  /**
   * Finds the call that a piece belongs to, by its index. Where a server sends no index, a piece
   * with a name or a new id begins a call, and any other piece belongs to the last call.
   */
  function findCall({ index, id, name }: ToolCallDelta): PartialCall | undefined {
    if (index !== undefined) return calls.find((call) => call.index === index)
    if (id !== undefined || name !== undefined)
      return calls.find((call) => id !== undefined && call.id === id)
    return calls.at(-1)
  }

  return {
    push(deltas) {
      for (const delta of deltas) {
        let call = findCall(delta)
        if (!call) {
          call = { index: delta.index, name: '', argumentsText: '' }
          calls.push(call)
        }
        call.id ??= delta.id
        // Some servers repeat the whole name in each piece.
        if (delta.name !== undefined && delta.name !== call.name) call.name += delta.name
        if (delta.argumentsText !== undefined) call.argumentsText += delta.argumentsText
        if (delta.input !== undefined) call.input = delta.input
      }
    },
    end(isCut) {
      const usedIds = new Set(takenIds)
      const nextId = callIdGenerator([...takenIds, ...calls.flatMap(({ id }) => id ?? [])])
      return calls.flatMap((call): Part[] => {
        const { name, argumentsText } = call
        const input = call.input ?? parseArguments(argumentsText)
        if (name === '' || input === undefined) {
          if (isCut) return []
          const fault = name ? `of ${name} whose arguments are not JSON` : 'without a name'
          throw new NanoError('bad-output', `${label}: the server sent a tool call ${fault}`)
        }
        const id = call.id && !usedIds.has(call.id) ? call.id : nextId()
        usedIds.add(id)
        return [{ type: 'tool-call', id, name, input }]
      })
    },
  }
}

/** A server sends an empty text for a call without arguments. */
function parseArguments(text: string): unknown {
  try {
    return text.trim() === '' ? {} : JSON.parse(text)
  } catch {
    return undefined
  }
}
