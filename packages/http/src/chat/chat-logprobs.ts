import type { TokenLogprob } from '@nano/core'
import type { ScoredStep, ScoredToken } from '../completions/completions-dialect.ts'

/** Gives scored tokens the texts that a server leaves out. */
export type LogprobReader = (steps: readonly ScoredStep[]) => Promise<readonly TokenLogprob[]>

interface LogprobOptions {
  /** Alternatives to give; a server may send more. */
  readonly topCount: number
  /** The text of one token. */
  readText(token: number): Promise<string>
}

/** A reader that keeps the text of each token, because a reply repeats many. */
export function logprobReader({ topCount, readText }: LogprobOptions): LogprobReader {
  const texts = new Map<number, Promise<string>>()

  async function addText({
    token,
    text,
    logprob,
  }: ScoredToken): Promise<Omit<TokenLogprob, 'top'>> {
    if (text !== undefined) return { token, text, logprob }
    const pendingText = texts.get(token) ?? readText(token)
    texts.set(token, pendingText)
    return { token, text: await pendingText, logprob }
  }

  return (steps) =>
    Promise.all(
      steps.map(async (step) => ({
        ...(await addText(step)),
        top: await Promise.all(step.top.slice(0, topCount).map(addText)),
      })),
    )
}
