/**
 * Every name that telemetry has here. Those of generative AI are in development and were renamed
 * several times, so the two sets that back ends know are side by side.
 *
 * @see https://github.com/open-telemetry/semantic-conventions-genai
 */
export const attributes = {
  operation: 'gen_ai.operation.name',
  provider: 'gen_ai.provider.name',
  errorType: 'error.type',
  outputType: 'gen_ai.output.type',
  tokenType: 'gen_ai.token.type',
  request: {
    model: 'gen_ai.request.model',
    maxTokens: 'gen_ai.request.max_tokens',
    reasoning: 'gen_ai.request.reasoning.level',
    stop: 'gen_ai.request.stop_sequences',
    stream: 'gen_ai.request.stream',
    seed: 'gen_ai.request.seed',
    temperature: 'gen_ai.request.temperature',
    topP: 'gen_ai.request.top_p',
    topK: 'gen_ai.request.top_k',
    frequencyPenalty: 'gen_ai.request.frequency_penalty',
    presencePenalty: 'gen_ai.request.presence_penalty',
  },
  response: {
    model: 'gen_ai.response.model',
    finishReasons: 'gen_ai.response.finish_reasons',
    firstChunk: 'gen_ai.response.time_to_first_chunk',
  },
  usage: {
    input: 'gen_ai.usage.input_tokens',
    cachedInput: 'gen_ai.usage.cache_read.input_tokens',
    output: 'gen_ai.usage.output_tokens',
    reasoning: 'gen_ai.usage.reasoning.output_tokens',
  },
  content: {
    system: 'gen_ai.system_instructions',
    input: 'gen_ai.input.messages',
    output: 'gen_ai.output.messages',
    tools: 'gen_ai.tool.definitions',
  },
  /** No convention has these. */
  nano: {
    firstAnswer: 'nano.time_to_first_answer',
    waiting: 'nano.waiting',
    prompt: 'nano.time_to_read_prompt',
    cacheHit: 'nano.cache.hit',
    cut: 'nano.cut',
    reasoningBudget: 'nano.request.reasoning_budget',
    device: 'nano.device',
    quantization: 'nano.quantization',
  },
} as const

/** Names of metrics that differ between the sets. */
interface MetricNames {
  readonly duration: string
  readonly firstChunk: string
  readonly betweenChunks: string
  readonly tokens:
    | { readonly histogram: string }
    | {
        readonly counters: {
          readonly input: string
          readonly cachedInput: string
          readonly output: string
          readonly reasoning: string
        }
        readonly histograms: { readonly input: string; readonly output: string }
      }
}

/** Those of the last release in the conventions' old home, 1.41, which back ends know. */
const releasedMetrics: MetricNames = {
  duration: 'gen_ai.client.operation.duration',
  firstChunk: 'gen_ai.client.operation.time_to_first_chunk',
  betweenChunks: 'gen_ai.client.operation.time_per_output_chunk',
  tokens: { histogram: 'gen_ai.client.token.usage' },
}

/** Those of November 2026 in their new home. */
const latestMetrics: MetricNames = {
  duration: 'gen_ai.client.inference.duration',
  firstChunk: 'gen_ai.client.inference.time_to_first_chunk',
  betweenChunks: 'gen_ai.client.inference.time_per_output_chunk',
  tokens: {
    counters: {
      input: 'gen_ai.client.inference.usage.input_tokens',
      cachedInput: 'gen_ai.client.inference.usage.cache_read.input_tokens',
      output: 'gen_ai.client.inference.usage.output_tokens',
      reasoning: 'gen_ai.client.inference.usage.reasoning.output_tokens',
    },
    histograms: {
      input: 'gen_ai.client.inference.operation.input_tokens',
      output: 'gen_ai.client.inference.operation.output_tokens',
    },
  },
}

/** Names of metrics that no convention has. */
export const nanoMetrics = {
  firstAnswer: 'nano.client.time_to_first_answer',
  waiting: 'nano.client.waiting',
  cachedReplies: 'nano.client.cached_replies',
} as const

/**
 * The sets of names that `OTEL_SEMCONV_STABILITY_OPT_IN` asks for, a list of words with commas:
 * `gen_ai_latest_experimental` the latest, `gen_ai/dup` both, and without one of them the released.
 */
export function chooseMetricNames(optIn = ''): readonly MetricNames[] {
  const words = optIn.split(',').map((word) => word.trim())
  if (words.includes('gen_ai/dup')) return [releasedMetrics, latestMetrics]
  return words.includes('gen_ai_latest_experimental') ? [latestMetrics] : [releasedMetrics]
}
