import type { Usage } from '@nano/core'
import * as z from 'zod'

/** A count of another form is left out: the others still count. */
const countSchema = z.int().min(0).nullish().catch(undefined)

/** The counts of a reply; each kind of server writes those of its cache in another field. */
const usageSchema = z.object({
  prompt_tokens: countSchema,
  completion_tokens: countSchema,
  // Gateways to Anthropic.
  input_tokens: countSchema,
  output_tokens: countSchema,
  prompt_tokens_details: z.object({ cached_tokens: countSchema }).nullish().catch(undefined),
  completion_tokens_details: z.object({ reasoning_tokens: countSchema }).nullish().catch(undefined),
  // SGLang.
  reasoning_tokens: countSchema,
  // DeepSeek, Moonshot, and gateways to Anthropic.
  prompt_cache_hit_tokens: countSchema,
  cached_tokens: countSchema,
  cache_read_input_tokens: countSchema,
})

/** What llama-server reports at the end; older versions report their cache only there. */
const timingsSchema = z.object({ cache_n: countSchema })

/** Counts of another form are left out: the reply is still a reply. */
export function decodeUsage(rawUsage: unknown, rawTimings: unknown): Usage {
  const usage = usageSchema.safeParse(rawUsage).data
  const timings = timingsSchema.safeParse(rawTimings).data
  const input = usage?.prompt_tokens ?? usage?.input_tokens
  const output = usage?.completion_tokens ?? usage?.output_tokens
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
