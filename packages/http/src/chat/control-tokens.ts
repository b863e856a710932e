import type { ChatFormat } from '@nano/chat'
import { type Message, NanoError } from '@nano/core'
import { escapePattern } from '@nano/core/driver'

/** The form of most families' control tokens; a family has more of them than its format writes. */
const commonPattern = '<\\|[\\w.]{1,40}\\|>'

/** The forms of other families' control tokens, for a model whose format is unknown. */
const otherPatterns = [
  '<｜[^｜<>]{1,40}｜>',
  '</?s>',
  '\\[/?INST\\]',
  '<(?:start|end)_of_turn>',
  '<SPECIAL_\\d+>',
]

/**
 * Matches a control token of the model in JSON text: those that its format writes around a
 * conversation, and text of the common form.
 */
export function controlTokenPattern(format: ChatFormat | undefined): RegExp {
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
  const formatPatterns = new Set(
    prompt.flatMap((segment) => ('control' in segment ? [escapePattern(segment.control)] : [])),
  )
  const patterns = formatPatterns.size > 0 ? [...formatPatterns] : otherPatterns
  return new RegExp([commonPattern, ...patterns].join('|'))
}

/** Throws `invalid-request` for a message that a server's chat would read as control tokens. */
export function assertNoControlTokens(
  messages: readonly Message[],
  pattern: RegExp,
  label: string,
): void {
  for (const [index, message] of messages.entries()) {
    if (!pattern.test(JSON.stringify(message))) continue
    throw new NanoError(
      'invalid-request',
      `${label}: messages[${index}] contains a control token of the model, ` +
        "which a server's chat would read as such. Remove it, " +
        "open the model with mode: 'completions', or allow it with allowControlTokens: true",
    )
  }
}
