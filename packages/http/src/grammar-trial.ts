import type { ChatFormat, Engine } from '@nano/chat'
import { NanoError } from '@nano/core'

/** Of everything that grammars here are made of something, and nothing a model would say by itself. */
const grammar = 'root ::= "=" [\\U0000007e]{2} "é"'
const kept = '=~~é'

/**
 * Whether a server keeps to a grammar, found out with a completion of a few tokens. It may have been started so that it does not, and then
 * says so, or says nothing and ignores it: for the whole of a reply, or in a thought, so the trial begins with one.
 */
export async function keepsGrammars(engine: Engine, { reasoning }: ChatFormat, signal: AbortSignal): Promise<boolean> {
  let said = ''
  try {
    const prompt = await engine.tokenize([{ text: reasoning?.open ?? 'a' }], signal)
    for await (const { text } of engine.complete(prompt, { sampling: { temperature: 0 }, maxTokens: 16, grammar, signal })) said += text
  } catch (error) {
    signal.throwIfAborted()
    // One that is busy, or refuses the caller, has not been asked.
    if (!NanoError.is(error) || error.code === 'rate-limited' || error.code === 'unauthorized') throw error
    return false
  }
  return said === kept
}
