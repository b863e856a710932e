import { getLlama, type LlamaContext, type LlamaContextOptions, type LlamaContextSequence, type LlamaModel, type Token } from 'node-llama-cpp'
import { type Contender, type Task, throughput } from './contender.ts'

/** The weights, loaded once for all of raw's contenders. */
export async function rawModel(path: string): Promise<LlamaModel> {
  const llama = await getLlama({ build: 'never', progressLogs: false, maxThreads: 0, logger: () => {} })
  return llama.loadModel({ modelPath: path })
}

/** node-llama-cpp by itself: tokens in, tokens out, no text made of them. */
export async function raw(name: string, model: LlamaModel, options: LlamaContextOptions): Promise<Contender> {
  const context: LlamaContext = await model.createContext(options)
  const sequences = Array.from({ length: options.sequences ?? 1 }, () => context.getSequence())
  const run = (task: Task, stream = 0) => timed(model, sequences[stream], task)
  return {
    name,
    async one(tasks) {
      let [tokens, time] = [0, 0]
      for (const task of tasks) {
        const reply = await run(task)
        tokens += reply.output - 1
        time += reply.last - reply.first
      }
      return (tokens / time) * 1_000
    },
    many: (tasks, streams) => throughput(tasks, streams, async (task, stream) => (await run(task, stream)).output),
    close: () => context.dispose(),
  }
}

async function timed(model: LlamaModel, sequence: LlamaContextSequence | undefined, { tokens, maxTokens }: Task): Promise<{ readonly output: number; readonly first: number; readonly last: number }> {
  if (!sequence) throw new Error('more streams than sequences')
  await sequence.clearHistory()
  let output = 0
  let first = 0
  for await (const token of sequence.evaluate([...tokens] as Token[], { temperature: 0, yieldEogToken: true })) {
    if (output++ === 0) first = performance.now()
    if (output === maxTokens || model.isEogToken(token)) break
  }
  return { output, first, last: performance.now() }
}
