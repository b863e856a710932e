/** Takes the code fence off an answer that should be JSON alone. */
export interface AnswerFence {
  /** Returns the text that belongs to the answer by now. */
  push(text: string): string
  end(): string
}

/** A fence at the start, with the name of a language. */
const openingFence = /^\s*```\w*[ \t]*\r?\n/
const partialOpeningFence = /^\s*(?:`{0,2}|```\w*[ \t]*\r?)$/
/** What may be, or become, the fence at the end. */
const partialClosingFence = /\s*`{0,3}\s*$/
const closingFence = /\s*```\s*$/

export function answerFence(): AnswerFence {
  let state: 'start' | 'open' | 'absent' = 'start'
  let heldText = ''

  return {
    push(text) {
      if (state === 'absent') return text
      heldText += text
      if (state === 'start') {
        if (partialOpeningFence.test(heldText)) return ''
        state = openingFence.test(heldText) ? 'open' : 'absent'
        if (state === 'open') heldText = heldText.replace(openingFence, '')
      }
      const length = state === 'open' ? heldText.search(partialClosingFence) : heldText.length
      const answer = heldText.slice(0, length)
      heldText = heldText.slice(length)
      return answer
    },
    end: () => (state === 'open' ? heldText.replace(closingFence, '') : heldText),
  }
}
