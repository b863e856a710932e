import type { Message } from '@nano/core'
import { type ReasoningMarkers, type ReasoningSplitter, splitReasoning } from '@nano/core/driver'

/** The markers of a thought at the start of a reply, for a model whose own ones are unknown. */
export const commonMarkers: ReasoningMarkers = { open: '<think>', close: '</think>' }

/**
 * The markers of a few families besides. Tags that a prompt may ask for, such as `<thinking>`, are
 * not among them: what stands in them is a part of the answer.
 */
const knownMarkers: readonly ReasoningMarkers[] = [
  commonMarkers,
  { open: '[THINK]', close: '[/THINK]' },
  { open: '<seed:think>', close: '</seed:think>' },
  { open: '◁think▷', close: '◁/think▷' },
  { open: '<|channel>thought', close: '<channel|>' },
]

/**
 * Splits a thought off the text of a model of an unknown family, by the markers that begin it.
 * `onMarkers` is called with them.
 */
export function splitMarkedThought(
  startsOpen: boolean | 'begun',
  onMarkers: (markers: ReasoningMarkers) => void = () => {},
): ReasoningSplitter & Required<Pick<ReasoningSplitter, 'expectThought'>> {
  /** Set once the text shows which markers begin it, if any. */
  let splitter = startsOpen ? splitReasoning({ ...commonMarkers, startsOpen }) : undefined
  let heldText = ''

  return {
    get thinking() {
      return splitter?.thinking ?? false
    },
    get pending() {
      return splitter?.pending ?? heldText
    },
    push(text) {
      if (splitter) return splitter.push(text)
      heldText += text
      const start = heldText.trimStart()
      const markers = knownMarkers.find(({ open }) => start.startsWith(open))
      if (!markers && knownMarkers.some(({ open }) => open.startsWith(start))) return []
      if (markers) onMarkers(markers)
      splitter = splitReasoning(markers ?? commonMarkers)
      return splitter.push(heldText)
    },
    expectThought: () => splitter?.expectThought?.(),
    end(isCut) {
      if (splitter) return splitter.end(isCut)
      splitter = splitReasoning(commonMarkers)
      return [...splitter.push(heldText), ...splitter.end(isCut)]
    },
  }
}

/** Writes the thoughts of earlier replies where the model wrote them: before its text. */
export function writeThoughts(
  messages: readonly Message[],
  { open, close }: ReasoningMarkers,
): readonly Message[] {
  return messages.map((message) => {
    if (message.role !== 'assistant' || !message.reasoning) return message
    const { reasoning, content, ...fields } = message
    return { ...fields, content: `${open}\n${reasoning}\n${close}\n\n${content}` }
  })
}
