import type { Usage } from '@nano/core'
import * as z from 'zod'

const countSchema = z.int().min(0).nullish()

/** The counts of a reply; each kind of server writes those of its cache in another field. */
export const usageSchema = z
  .object({
    prompt_tokens: countSchema,
    completion_tokens: countSchema,
    prompt_tokens_details: z.object({ cached_tokens: countSchema }).nullish(),
    completion_tokens_details: z.object({ reasoning_tokens: countSchema }).nullish(),
    // SGLang.
    reasoning_tokens: countSchema,
    // DeepSeek, Moonshot, and gateways to Anthropic.
    prompt_cache_hit_tokens: countSchema,
    cached_tokens: countSchema,
    cache_read_input_tokens: countSchema,
  })
  .nullish()
  // A reply with counts of another form is still a reply.
  .catch(undefined)

/** What llama-server reports at the end; older versions report their cache only there. */
export const timingsSchema = z.object({ cache_n: countSchema }).nullish().catch(undefined)

interface Counts {
  readonly usage: z.infer<typeof usageSchema>
  readonly timings: z.infer<typeof timingsSchema>
}

/** Nothing where a chunk reports no counts. */
export function decodeUsage({ usage, timings }: Counts): Usage | undefined {
  if (!usage && !timings) return undefined
  const { prompt_tokens: input, completion_tokens: output } = usage ?? {}
  const cachedInput =
    usage?.prompt_tokens_details?.cached_tokens ??
    usage?.prompt_cache_hit_tokens ??
    usage?.cached_tokens ??
    usage?.cache_read_input_tokens ??
    timings?.cache_n
  const reasoning = usage?.completion_tokens_details?.reasoning_tokens ?? usage?.reasoning_tokens
  return {
    // Servers send 0 for a count that they did not make.
    ...(input && { input }),
    ...(typeof cachedInput === 'number' && { cachedInput }),
    ...(output && { output }),
    ...(typeof reasoning === 'number' && { reasoning }),
  }
}
