import { callIdGenerator } from '@nano/chat/engine'
import { NanoError, type Part } from '@nano/core'
import type { ToolCallDelta } from './chat-dialect.ts'
import { isWholeInput, readCallInput } from './read-call-input.ts'

/** Assembles tool calls that arrive in pieces. */
export interface ToolCallAssembler {
  push(deltas: readonly ToolCallDelta[]): void
  /**
   * Returns the calls, whole and parsed, in the order in which they began. Throws `bad-output` for
   * arguments that are no JSON object; with `isCut`, where the reply ended early, it drops such a
   * call.
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
  function findCall(delta: ToolCallDelta): PartialCall | undefined {
    const { index, id, name } = delta
    if (index !== undefined) {
      const call = calls.findLast((candidate) => candidate.index === index)
      return call && beginsAnother(call, delta)
        ? calls.find((candidate) => id !== undefined && candidate.id === id)
        : call
    }
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
        if (delta.argumentsText !== undefined)
          call.argumentsText = joinArguments(call.argumentsText, delta.argumentsText)
        if (delta.input !== undefined) call.input = delta.input
      }
    },
    end(isCut) {
      const usedIds = new Set(takenIds)
      const nextId = callIdGenerator([...takenIds, ...calls.flatMap(({ id }) => id ?? [])])
      return calls.flatMap((call): Part[] => {
        const { name, argumentsText } = call
        const outcome = readCallInput(call.input ?? argumentsText)
        if (name === '' || 'fault' in outcome) {
          if (isCut) return []
          const fault =
            'fault' in outcome && name ? `of ${name} ${outcome.fault}` : 'without a name'
          throw new NanoError('bad-output', `${label}: the server sent a tool call ${fault}`)
        }
        const id = call.id && !usedIds.has(call.id) ? call.id : nextId()
        usedIds.add(id)
        return [{ type: 'tool-call', id, name, input: outcome.input }]
      })
    },
  }
}

/**
 * Some servers begin with `{}` in place of nothing, or repeat the whole arguments at the end: JSON
 * that begins behind whole JSON takes its place.
 */
function joinArguments(text: string, piece: string): string {
  const isAnother = piece.trimStart().startsWith('{') && isWholeInput(text)
  return isAnother ? piece : text + piece
}

/**
 * Some servers give all calls of a message one index: a named piece begins another call where its
 * id is another one, or, without ids, where the call so far is whole.
 */
function beginsAnother(
  call: PartialCall,
  { id, name, argumentsText, input }: ToolCallDelta,
): boolean {
  if (name === undefined || call.name === '') return false
  if (id !== undefined && call.id !== undefined) return id !== call.id
  const hasInput = input !== undefined || (argumentsText ?? '') !== ''
  return hasInput && (call.input !== undefined || isWholeInput(call.argumentsText))
}
