import {
  type ChatFormat,
  type Conversation,
  detectFamily,
  detectFormat,
  promptToText,
} from '@nano/chat'
import { type Message, NanoError, type Tool } from '@nano/core'
import type { ServedModel } from './profiles/profile.ts'
import type { ModelTokenizer } from './tokenizer/model-tokenizer.ts'

const question: Message = { role: 'user', content: 'a' }
const call = { id: 'aaaaaaaa1', name: 'a', input: { a: 'a' } }
const tools: readonly Tool[] = [
  {
    name: 'a',
    description: 'a',
    parameters: { type: 'object', properties: { a: { type: 'string' } } },
  },
]
/** Together they show the control tokens that a template writes. */
const sampleConversations: readonly Pick<Conversation, 'messages' | 'tools'>[] = [
  { messages: [question, { role: 'assistant', content: 'a' }, question], tools: [] },
  { messages: [{ role: 'system', content: 'a' }, question], tools: [] },
  {
    messages: [
      question,
      { role: 'assistant', content: 'a', reasoning: 'a', toolCalls: [call] },
      { role: 'tool', toolCallId: call.id, output: 'a' },
    ],
    tools,
  },
]

interface FormatOptions {
  readonly name: string
  /** Names by which the family may be known. */
  readonly familyNames: readonly string[]
  readonly tokenizer: ModelTokenizer | undefined
  /** The clock of the template. */
  readonly now?: (() => Date) | undefined
  readonly signal: AbortSignal
}

/**
 * Finds the format of a model: ours for a known family, else the template that the server reports.
 * The control tokens of a template are those in the prompts that it renders. Returns nothing where
 * the server reports no template, or one that only the server can render.
 */
export async function findModelFormat(
  { chatTemplate, bosToken, eosToken }: ServedModel,
  { name, familyNames, tokenizer, now, signal }: FormatOptions,
): Promise<ChatFormat | undefined> {
  // The name that the family is known by; any other one is of no use.
  const knownName = familyNames.find((candidate) => detectFamily({ name: candidate }))
  const description = {
    name: knownName ?? name,
    ...(chatTemplate !== undefined && { chatTemplate }),
    ...(bosToken !== undefined && { bosToken }),
    ...(eosToken !== undefined && { eosToken }),
    ...(now && { now }),
  }
  if (!chatTemplate) return detectFamily(description)
  const format = ifSupported(() => detectFormat(description))
  const prompts =
    format &&
    sampleConversations.flatMap((conversation) =>
      (['on', 'off'] as const).map((reasoning) =>
        ifSupported(() => promptToText(format.render({ ...conversation, reasoning }))),
      ),
    )
  // A template may refuse system messages, but one that refuses a question is of no use.
  if (!prompts?.[0]) return undefined
  if (!tokenizer) return format
  const controlTokens = await tokenizer.findControlTokens(prompts.join('\n'), signal)
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
