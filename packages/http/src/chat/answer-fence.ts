/** Takes the code fence off an answer that should be JSON alone. */
export interface AnswerFence {
  /** Returns the text that belongs to the answer by now. */
  push(text: string): string
  end(): string
}

/** A fence at the start, with the name of a language. */
const opening = /^\s*```\w*[ \t]*\r?\n/
const partialOpening = /^\s*(?:`{0,2}|```\w*[ \t]*\r?)$/
/** What may be, or become, the fence at the end. */
const partialClosing = /\s*`{0,3}\s*$/
const closing = /\s*```\s*$/

export function answerFence(): AnswerFence {
  let state: 'start' | 'open' | 'absent' = 'start'
  let heldText = ''

  return {
    push(text) {
      if (state === 'absent') return text
      heldText += text
      if (state === 'start') {
        if (partialOpening.test(heldText)) return ''
        state = opening.test(heldText) ? 'open' : 'absent'
        if (state === 'open') heldText = heldText.replace(opening, '')
      }
      const length = state === 'open' ? heldText.search(partialClosing) : heldText.length
      const answer = heldText.slice(0, length)
      heldText = heldText.slice(length)
      return answer
    },
    end: () => (state === 'open' ? heldText.replace(closing, '') : heldText),
  }
}
