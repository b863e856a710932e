import type { ChatFormat } from '@nano/chat'
import type { Engine } from '@nano/chat/engine'
import { NanoError } from '@nano/core'
import { greedySampling } from '../sampling.ts'

/** Uses each construct that our grammars use; no model writes its text by itself. */
const testGrammar = 'root ::= "=" [\\U0000007e]{2} "é"'
const grammarText = '=~~é'

/**
 * Tests with a completion of a few tokens whether a server holds a reply to a grammar. A server
 * that was started without support for grammars refuses one or ignores it, for the whole reply or
 * inside a thought; so the prompt ends inside a thought.
 */
export async function supportsGrammar(
  engine: Engine,
  format: ChatFormat | undefined,
  signal: AbortSignal,
): Promise<boolean> {
  const prompt = await engine.tokenize([{ text: format?.reasoning?.open ?? 'a' }], signal)
  async function completeText(constraint: { readonly grammar?: string }): Promise<string> {
    let text = ''
    for await (const increment of engine.complete(prompt, {
      sampling: greedySampling,
      maxTokens: 16,
      signal,
      ...constraint,
    }))
      text += increment.text
    return text
  }

  /**
   * Nothing where the server fails with the grammar and answers without it: some servers report an
   * unsupported grammar with the status of a server that is away.
   */
  async function completeWithGrammar(): Promise<string | undefined> {
    try {
      return await completeText({ grammar: testGrammar })
    } catch (error) {
      signal.throwIfAborted()
      if (!NanoError.is(error)) throw error
      if (error.code !== 'invalid-request' && error.code !== 'unsupported') await completeText({})
      return undefined
    }
  }

  // A failed test is repeated once: the server may have been away for a moment.
  return ((await completeWithGrammar()) ?? (await completeWithGrammar())) === grammarText
}
