import { getLlama, LlamaLogLevel, type LlamaModel, type Token } from 'node-llama-cpp'
import type { DecodeOptions } from './onnx-decoder.ts'

const llama = await getLlama({
  gpu: false,
  build: 'never',
  logLevel: LlamaLogLevel.error,
  progressLogs: false,
})

export async function openGguf(path: string): Promise<LlamaModel> {
  return llama.loadModel({ modelPath: path })
}

/** llama.cpp with the most exact settings; reads every prompt anew. */
export async function ggufDecoder(model: LlamaModel) {
  const context = await model.createContext({
    contextSize: 1_024,
    threads: 1,
    flashAttention: false,
    experimentalKvCacheKeyType: 'F32',
    experimentalKvCacheValueType: 'F32',
  })
  const sequence = context.getSequence()
  return {
    /** Of the next token, by token id; those of probability 0 are left out. */
    async computeLogProbabilities(prompt: readonly number[]): Promise<ReadonlyMap<number, number>> {
      await sequence.clearHistory()
      for await (const { probabilities } of sequence.evaluateWithMetadata(
        [...prompt] as Token[],
        { probabilities: true },
        { temperature: 0, yieldEogToken: true },
      )) {
        return new Map(
          [...probabilities]
            .filter(([, probability]) => probability > 1e-12)
            .map(([token, probability]) => [token, Math.log(probability)]),
        )
      }
      throw new Error('llama.cpp gave no token')
    },
    /** The greedy reply without its end token. */
    async decodeGreedily(
      prompt: readonly number[],
      { endToken, maxTokens }: DecodeOptions,
    ): Promise<number[]> {
      await sequence.clearHistory()
      const reply: number[] = []
      for await (const token of sequence.evaluate([...prompt] as Token[], { temperature: 0 })) {
        if (token === endToken) break
        reply.push(token)
        if (reply.length === maxTokens) break
      }
      return reply
    },
  }
}
