import * as z from 'zod'
import type { ScoredStep, ScoredToken } from '../completions/completions-dialect.ts'

const scoredTokenSchema = z.object({
  id: z.int().nullish(),
  token: z.string(),
  bytes: z.array(z.int()).nullish(),
  logprob: z.number().nullish(),
})
const logprobsSchema = z.object({
  content: z
    .array(scoredTokenSchema.extend({ top_logprobs: z.array(scoredTokenSchema).nullish() }))
    .nullish(),
})
type ScoredEntry = NonNullable<z.infer<typeof logprobsSchema>['content']>[number]

/**
 * Decodes the log-probabilities of a chat's tokens. One without the id of its token says nothing,
 * and is left out.
 */
export function decodeLogprobs(logprobs: unknown): readonly ScoredStep[] | undefined {
  return logprobsSchema.safeParse(logprobs).data?.content?.flatMap(decodeScoredStep)
}

function decodeScoredStep({
  top_logprobs: top,
  ...scoredToken
}: ScoredEntry): readonly ScoredStep[] {
  const alternatives = (top ?? []).flatMap(decodeScoredToken).sort((a, b) => b.logprob - a.logprob)
  return decodeScoredToken(scoredToken).map((token) => ({ ...token, top: alternatives }))
}

/**
 * llama-server gives ids beside texts. vLLM writes `token_id:5` in place of the text, whose bytes
 * it gives for a sampled token alone.
 */
function decodeScoredToken({
  id,
  token: text,
  bytes,
  logprob,
}: z.infer<typeof scoredTokenSchema>): readonly ScoredToken[] {
  const score = logprob ?? -Infinity
  if (typeof id === 'number') return [{ token: id, text, logprob: score }]
  const writtenId = /^token_id:(\d+)$/.exec(text)?.[1]
  if (writtenId === undefined) return []
  const ownText = bytes ? new TextDecoder().decode(new Uint8Array(bytes)) : text
  return [{ token: Number(writtenId), logprob: score, ...(ownText !== text && { text: ownText }) }]
}
