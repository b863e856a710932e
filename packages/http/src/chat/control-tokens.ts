import type { ChatFormat } from '@nano/chat'

/** What most families write, each with more of the kind than a format knows. */
const bars = '<\\|[\\w.]{1,40}\\|>'

/** Where the model's own are unknown, what control tokens of other families look like. */
const others = [
  '<｜[^｜<>]{1,40}｜>',
  '</?s>',
  '\\[/?INST\\]',
  '<(?:start|end)_of_turn>',
  '<SPECIAL_\\d+>',
]

/**
 * Finds the model's control tokens in JSON text: those its format writes around a conversation, and
 * what looks like more of them.
 */
export function controlsOf(format: ChatFormat | undefined): RegExp {
  const prompt =
    format?.render({
      messages: [
        { role: 'user', content: 'a' },
        { role: 'assistant', content: 'a' },
        { role: 'user', content: 'a' },
      ],
      reasoning: 'on',
      tools: [],
    }) ?? []
  const written = new Set(
    prompt.flatMap((segment) => ('control' in segment ? [escaped(segment.control)] : [])),
  )
  return new RegExp([bars, ...(written.size > 0 ? written : others)].join('|'))
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
