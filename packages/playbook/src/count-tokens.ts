import type { GenerateResult } from '@nano/core'

/** Tokens of the prompt and the reply, as far as they are known. */
export function countTokens({ usage }: GenerateResult): number {
  return (usage.input ?? 0) + (usage.output ?? 0)
}
