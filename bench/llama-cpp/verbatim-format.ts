import type { LlamaCppOptions } from '@nano/llama-cpp'

type ChatFormat = Extract<LlamaCppOptions['format'], object>

/**
 * Takes the message for a whole prompt, control tokens included. With a chat format every prompt
 * would begin with the same header, which stays in the KV cache.
 */
export const verbatimFormat: ChatFormat = {
  name: 'verbatim',
  reasoning: {
    open: '<think>',
    close: '</think>',
    canTurnOff: true,
    closingText: '\n</think>\n\n',
  },
  advice: { on: {}, off: {} },
  render: ({ messages }) =>
    messages.flatMap((message) =>
      'content' in message && typeof message.content === 'string'
        ? splitSegments(message.content)
        : [],
    ),
}

function splitSegments(prompt: string): ReturnType<ChatFormat['render']> {
  return prompt
    .split(/(<\|\w+\|>)/)
    .filter(Boolean)
    .map((piece) => (/^<\|\w+\|>$/.test(piece) ? { control: piece } : { text: piece }))
}
