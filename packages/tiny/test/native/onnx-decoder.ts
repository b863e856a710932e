import { Tensor, type InferenceSession } from 'onnxruntime-node'

export interface DecodeOptions {
  readonly endToken: number
  readonly maxTokens: number
}

export interface DecodeStep {
  /** Of the last token. */
  readonly logits: Float32Array
  /** The KV cache, by the names of the inputs that take it. */
  readonly cache: Readonly<Record<string, Tensor>>
}

const [layers, kvHeads, headSize] = [4, 2, 32]

/** Reads tokens behind those of `previousStep`, or at the beginning. */
export async function runStep(
  session: InferenceSession,
  tokens: readonly number[],
  previousStep?: DecodeStep,
): Promise<DecodeStep> {
  const cache = previousStep?.cache ?? emptyCache()
  const past = cache['past_key_values.0.key']?.dims[2] ?? 0
  const outputs = await session.run({
    ...cache,
    input_ids: int64Row(tokens),
    attention_mask: int64Row(Array.from({ length: past + tokens.length }, () => 1)),
    ...(session.inputNames.includes('position_ids') && {
      position_ids: int64Row(tokens.map((_, index) => past + index)),
    }),
  })
  const [, , vocabularySize = 0] = outputs.logits!.dims
  const presentNames = cacheNames('present')
  return {
    logits: (outputs.logits!.data as Float32Array).slice(-vocabularySize),
    cache: Object.fromEntries(
      cacheNames('past_key_values').map((name, index) => [name, outputs[presentNames[index]!]!]),
    ),
  }
}

/** The greedy reply without its end token. */
export async function decodeGreedily(
  session: InferenceSession,
  prompt: readonly number[],
  { endToken, maxTokens }: DecodeOptions,
): Promise<number[]> {
  const reply: number[] = []
  for (let step = await runStep(session, prompt); reply.length < maxTokens;) {
    const token = step.logits.indexOf(Math.max(...step.logits))
    if (token === endToken) break
    reply.push(token)
    step = await runStep(session, [token], step)
  }
  return reply
}

export function computeLogProbabilities(logits: Float32Array): number[] {
  const largest = Math.max(...logits)
  const sum =
    largest + Math.log(logits.reduce((total, logit) => total + Math.exp(logit - largest), 0))
  return Array.from(logits, (logit) => logit - sum)
}

function emptyCache(): Readonly<Record<string, Tensor>> {
  return Object.fromEntries(
    cacheNames('past_key_values').map((name) => [
      name,
      new Tensor('float32', new Float32Array(0), [1, kvHeads, 0, headSize]),
    ]),
  )
}

function cacheNames(prefix: string): string[] {
  return Array.from({ length: layers }, (_, layer) => [
    `${prefix}.${layer}.key`,
    `${prefix}.${layer}.value`,
  ]).flat()
}

function int64Row(values: readonly number[]): Tensor {
  return new Tensor('int64', BigInt64Array.from(values, BigInt), [1, values.length])
}
