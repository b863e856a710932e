import type { ChatFormat } from '../format/chat-format.ts'

/**
 * How a text is completed: nothing is written around it, all that follows is text, and makers give
 * no advice for it.
 */
export const plainTextFormat: ChatFormat = {
  name: 'plain text',
  render: () => [],
  advice: { on: {}, off: {} },
}
