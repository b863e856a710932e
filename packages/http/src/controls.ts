import type { ChatFormat } from '@nano/chat'

/** What most families write, each with more of the kind than a format knows. */
const bars = '<\\|[\\w.]{1,40}\\|>'

/** Where the model is unknown, what control tokens of other families look like. */
const others = ['<｜[^｜<>]{1,40}｜>', '</?s>', '\\[/?INST\\]', '<(?:start|end)_of_turn>', '<SPECIAL_\\d+>']

/** Finds the model's control tokens in JSON text: those its format writes around a conversation, and what looks like more of them. */
export function controlsOf(format: ChatFormat | undefined): RegExp {
  if (!format) return new RegExp([bars, ...others].join('|'))
  const prompt = format.render({ messages: [{ role: 'system', content: 'a' }, { role: 'user', content: 'a' }, { role: 'assistant', content: 'a' }, { role: 'user', content: 'a' }], reasoning: 'on', tools: [] })
  const written = prompt.flatMap((segment) => ('control' in segment ? [escaped(segment.control)] : []))
  return new RegExp([bars, ...new Set(written)].join('|'))
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
