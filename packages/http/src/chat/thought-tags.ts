import type { Message } from '@nano/core'
import { type ReasoningMarkers, type ReasoningSplitter, splitReasoning } from '@nano/core/driver'

/** The tags of a thought at the start of a reply, for a model whose own ones are unknown. */
export const commonTags: ReasoningMarkers = { open: '<think>', close: '</think>' }

/**
 * The tags of a few families besides. Tags that a prompt may ask for, such as `<thinking>`, are not
 * among them: what stands in them is a part of the answer.
 */
const knownTags: readonly ReasoningMarkers[] = [
  commonTags,
  { open: '[THINK]', close: '[/THINK]' },
  { open: '<seed:think>', close: '</seed:think>' },
  { open: '◁think▷', close: '◁/think▷' },
  { open: '<|channel>thought', close: '<channel|>' },
]

/**
 * Splits a thought off the text of a model of an unknown family, by the tags that begin it.
 * `onTags` is called with them.
 */
export function splitTaggedThought(
  startsOpen: boolean | 'begun',
  onTags: (tags: ReasoningMarkers) => void = () => {},
): ReasoningSplitter & Required<Pick<ReasoningSplitter, 'expectThought'>> {
  /** Set once the text shows which tags begin it, if any. */
  let splitter = startsOpen ? splitReasoning({ ...commonTags, startsOpen }) : undefined
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
      const tags = knownTags.find(({ open }) => start.startsWith(open))
      if (!tags && knownTags.some(({ open }) => open.startsWith(start))) return []
      if (tags) onTags(tags)
      splitter = splitReasoning(tags ?? commonTags)
      return splitter.push(heldText)
    },
    expectThought: () => splitter?.expectThought?.(),
    end(cut) {
      if (splitter) return splitter.end(cut)
      splitter = splitReasoning(commonTags)
      return [...splitter.push(heldText), ...splitter.end(cut)]
    },
  }
}

/** Writes the thoughts of earlier replies where the model wrote them: before its text, in tags. */
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
