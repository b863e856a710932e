import { Tensor, type InferenceSession } from 'onnxruntime-node'

const [layers, kvHeads, headSize] = [4, 2, 32]

export interface Step {
  /** Of the last token. */
  readonly logits: Float32Array
  readonly cache: Readonly<Record<string, Tensor>>
}

/** Goes on from a cache, or begins. */
export async function step(
  session: InferenceSession,
  tokens: readonly number[],
  before?: Step,
): Promise<Step> {
  const cache =
    before?.cache ??
    Object.fromEntries(
      cacheNames('past_key_values').map((name) => [
        name,
        new Tensor('float32', new Float32Array(0), [1, kvHeads, 0, headSize]),
      ]),
    )
  const past = cache['past_key_values.0.key']?.dims[2] ?? 0
  const out = await session.run({
    ...cache,
    input_ids: int64(tokens),
    attention_mask: int64(Array.from({ length: past + tokens.length }, () => 1)),
    ...(session.inputNames.includes('position_ids') && {
      position_ids: int64(tokens.map((_, index) => past + index)),
    }),
  })
  const [, , vocabulary = 0] = out.logits!.dims
  const present = cacheNames('present')
  return {
    logits: (out.logits!.data as Float32Array).slice(-vocabulary),
    cache: Object.fromEntries(
      cacheNames('past_key_values').map((name, index) => [name, out[present[index]!]!]),
    ),
  }
}

/** Without the token that ends it. */
export async function greedy(
  session: InferenceSession,
  prompt: readonly number[],
  { end, most }: { readonly end: number; readonly most: number },
): Promise<number[]> {
  const reply: number[] = []
  for (let now = await step(session, prompt); reply.length < most;) {
    const token = likeliest(now.logits)
    if (token === end) break
    reply.push(token)
    now = await step(session, [token], now)
  }
  return reply
}

export function logProbabilities(logits: Float32Array): number[] {
  const largest = Math.max(...logits)
  const sum = largest + Math.log(logits.reduce((all, logit) => all + Math.exp(logit - largest), 0))
  return Array.from(logits, (logit) => logit - sum)
}

function likeliest(logits: Float32Array): number {
  return logits.indexOf(Math.max(...logits))
}

function int64(values: readonly number[]): Tensor {
  return new Tensor('int64', BigInt64Array.from(values, BigInt), [1, values.length])
}

function cacheNames(family: string): string[] {
  return Array.from({ length: layers }, (_, layer) => [
    `${family}.${layer}.key`,
    `${family}.${layer}.value`,
  ]).flat()
}
