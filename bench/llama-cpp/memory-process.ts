// A process of its own, so that nobody's memory counts for another: opens a model, replies to the
// tasks at once, and says when each is done. It ends when its parent disconnects.
import { openLlamaCpp } from '@nano/llama-cpp'
import type { Contender, Task } from '../measuring/contender.ts'
import { nanoContender } from '../measuring/nano-contender.ts'
import { measureThroughput } from '../measuring/speed.ts'
import { loadWeights, nodeLlamaCppContender } from './node-llama-cpp.ts'
import { verbatimFormat } from './verbatim-format.ts'

export interface MemoryJob {
  readonly engine: 'nano' | 'node-llama-cpp'
  /** Path of the GGUF. */
  readonly path: string
  /** Tokens of context for each stream. */
  readonly contextLength: number
  readonly tasks: readonly Task[]
}

/** What the process has done, in this order. */
export type MemoryStage = 'loaded' | 'replied'

process.on('message', async ({ engine, tasks, ...job }: MemoryJob) => {
  const contender = await open[engine]({ ...job, streams: tasks.length })
  process.send?.('loaded' satisfies MemoryStage)
  await measureThroughput(contender, tasks, tasks.length)
  process.send?.('replied' satisfies MemoryStage)
})

interface OpenOptions extends Pick<MemoryJob, 'path' | 'contextLength'> {
  readonly streams: number
}

const open: Readonly<Record<MemoryJob['engine'], (options: OpenOptions) => Promise<Contender>>> = {
  async nano({ path, contextLength, streams }) {
    const options = { model: path, contextLength, parallel: streams, format: verbatimFormat }
    return nanoContender('nano', await openLlamaCpp({ ...options, device: 'cpu' }))
  },
  async 'node-llama-cpp'({ path, contextLength, streams }) {
    const weights = await loadWeights(path, 'cpu')
    return nodeLlamaCppContender(weights, { contextSize: contextLength, sequences: streams })
  },
}
