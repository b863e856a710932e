import { type ChatFormat, detectFamily, detectFormat, promptToText } from '@nano/chat'
import { type Message, NanoError } from '@nano/core'
import type { ServedModel } from './profiles/profile.ts'
import type { ModelTokenizer } from './tokenizer/model-tokenizer.ts'

const sampleMessages: readonly Message[] = [
  { role: 'user', content: 'a' },
  { role: 'assistant', content: 'a' },
  { role: 'user', content: 'a' },
]
const sampleConversations = [
  sampleMessages,
  [{ role: 'system' as const, content: 'a' }, ...sampleMessages],
]

interface FormatOptions {
  readonly name: string
  readonly tokenizer: ModelTokenizer | undefined
  readonly signal: AbortSignal
}

/**
 * Finds the format of a model: ours for a known family, else the template that the server reports.
 * The control tokens of a template are those in the prompts that it renders. Returns nothing where
 * the server reports no template, or one that only the server can render.
 */
export async function findModelFormat(
  { chatTemplate, bosToken, eosToken }: ServedModel,
  { name, tokenizer, signal }: FormatOptions,
): Promise<ChatFormat | undefined> {
  const description = {
    name,
    ...(chatTemplate !== undefined && { chatTemplate }),
    ...(bosToken !== undefined && { bosToken }),
    ...(eosToken !== undefined && { eosToken }),
  }
  if (!chatTemplate) return detectFamily(description)
  const format = ifSupported(() => detectFormat(description))
  const prompts =
    format &&
    sampleConversations.flatMap((messages) =>
      (['on', 'off'] as const).map((reasoning) =>
        ifSupported(() => promptToText(format.render({ messages, reasoning, tools: [] }))),
      ),
    )
  // A template may refuse system messages, but one that refuses a question is of no use.
  if (!prompts?.[0]) return undefined
  if (!tokenizer) return format
  const controlTokens = await tokenizer.findControlTokens(prompts.join(''), signal)
  return detectFormat({ ...description, controlTokens })
}

/** A template that is unsupported here may still work on the server. */
function ifSupported<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch (error) {
    if (NanoError.is(error) && error.code === 'unsupported') return undefined
    throw error
  }
}
