import { type ChatFormat, detectFamily, detectFormat, promptText } from '@nano/chat'
import { type Message, NanoError } from '@nano/core'
import type { Described } from './profiles/profile.ts'
import type { Tokens } from './tokens/remote-tokens.ts'

const asked: readonly Message[] = [
  { role: 'user', content: 'a' },
  { role: 'assistant', content: 'a' },
  { role: 'user', content: 'a' },
]
const instructed: readonly Message[] = [{ role: 'system', content: 'a' }, ...asked]

interface Asking {
  readonly name: string
  readonly tokens: Tokens | undefined
  readonly signal: AbortSignal
}

/**
 * The format of the model behind a server: ours, where it is of a family we know, else the template
 * that the server says it has, with whatever is a control token in the prompts it writes. Nothing
 * where it says none, or one that only the server can use.
 */
export async function modelFormat(
  { chatTemplate, bos, eos }: Described,
  { name, tokens, signal }: Asking,
): Promise<ChatFormat | undefined> {
  const description = {
    name,
    ...(chatTemplate !== undefined && { chatTemplate }),
    ...(bos !== undefined && { bos }),
    ...(eos !== undefined && { eos }),
  }
  const known = detectFamily(description)
  if (known || !chatTemplate) return known
  const bare = usable(() => detectFormat(description))
  const written =
    bare &&
    [asked, instructed].flatMap((messages) =>
      (['on', 'off'] as const).map((reasoning) =>
        usable(() => promptText(bare.render({ messages, reasoning, tools: [] }))),
      ),
    )
  // A template may refuse instructions; one that refuses a question is none for us.
  if (!written?.[0]) return undefined
  return tokens
    ? detectFormat({ ...description, controls: await tokens.controls(written.join(''), signal) })
    : bare
}

/** A template that we cannot use may be one that the server can. */
function usable<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch (error) {
    if (NanoError.is(error) && error.code === 'unsupported') return undefined
    throw error
  }
}
