import type { ChatFormat } from '@nano/chat'
import type { Engine } from '@nano/chat/engine'
import { NanoError } from '@nano/core'

/**
 * Of everything that grammars here are made of something, and nothing a model would say by itself.
 */
const grammar = 'root ::= "=" [\\U0000007e]{2} "é"'
const kept = '=~~é'

/**
 * Whether a server keeps to a grammar, found out with a completion of a few tokens. It may have
 * been started so that it does not, and then says so, or says nothing and ignores it: for the whole
 * of a reply, or in a thought, so the trial begins with one.
 */
export async function keepsGrammars(
  engine: Engine,
  { reasoning }: ChatFormat,
  signal: AbortSignal,
): Promise<boolean> {
  const prompt = await engine.tokenize([{ text: reasoning?.open ?? 'a' }], signal)
  async function said(constraint: { readonly grammar?: string }): Promise<string> {
    let text = ''
    for await (const increment of engine.complete(prompt, {
      sampling: { temperature: 0 },
      maxTokens: 16,
      signal,
      ...constraint,
    }))
      text += increment.text
    return text
  }

  /**
   * Absent where it fails with the grammar and not without: some have no code for that but the one
   * of a server that is away.
   */
  async function held(): Promise<string | undefined> {
    try {
      return await said({ grammar })
    } catch (error) {
      signal.throwIfAborted()
      if (!NanoError.is(error)) throw error
      if (error.code !== 'invalid-request' && error.code !== 'unsupported') await said({})
      return undefined
    }
  }

  // Once more where it failed: it may have been away for a moment.
  return ((await held()) ?? (await held())) === kept
}
