import type { GenerateResult } from '@nano/core'

/** Tokens of the prompt and the reply, as far as they are known; a replayed reply takes none. */
export function countTokens({ usage, cached }: GenerateResult): number {
  return cached ? 0 : (usage.input ?? 0) + (usage.output ?? 0)
}
