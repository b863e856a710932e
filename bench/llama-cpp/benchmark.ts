import { type Benchmark, readCount, readCounts } from '../benchmark.ts'
import { printHeader } from '../measuring/header.ts'
import { compareSpeeds } from './compare-speeds.ts'
import { printEventLoopDelay } from './event-loop.ts'
import { compareMemory } from './memory.ts'
import { printLongConversation } from './long-conversation.ts'
import { findGpu } from './node-llama-cpp.ts'
import { printPromptLookup } from './prompt-lookup.ts'
import { printSecondTurn } from './second-turn.ts'
import { printStepCosts } from './step-cost.ts'
import {
  buildEmbeddedWorkload,
  buildFourBillionWorkload,
  buildLongWorkload,
  type Workload,
} from './workloads.ts'

/** Requests at once where there are several. */
const manyStreams = 8

export const llamaCppBenchmark: Benchmark = {
  description:
    "Decodes greedily with nano, with node-llama-cpp by itself and with llama.cpp's own server,\n" +
    'which the variable LLAMA_SERVER can name. Both run at their defaults and at the best\n' +
    'setting of threads and flash attention, which short trials find.',
  positionals: [
    {
      name: 'MODEL',
      choices: ['tiny', '4b'],
      description:
        "tiny: the embedded model. 4b: Nemotron Nano 4B's shape in Q4_0, written once, 2.6 GB.\n" +
        'Without it, both',
    },
    { name: 'PATH', description: 'a GGUF to measure in place of the 4 B shape' },
  ],
  options: {
    rounds: {
      type: 'count',
      value: 'N',
      default: '3',
      description: 'rounds after the one that warms up',
    },
    tokens: { type: 'count', value: 'N', minimum: 2, description: 'the most tokens of a reply' },
    bandwidth: {
      type: 'count',
      value: 'GB/s',
      description: "the GPU's memory bandwidth: prints the share of it that decoding reaches",
    },
  },
  measurements: {
    speed: `tokens per second of one stream and of ${manyStreams}, relative to node-llama-cpp`,
    'event-loop': 'how late the event loop is while streams decode, relative to an idle one',
    'second-turn': 'time to read the second turn of a conversation, relative to the first',
    long: 'decoding after 30,000 tokens, of a shape of its own, whatever MODEL says',
    steps: 'what the JavaScript thread computes in a decode step, by whose code',
    memory: `peak memory of ${manyStreams} streams of 8,192 tokens; of the 4 B shape alone`,
    'prompt-lookup': 'speed with prompt look-up, relative to without; of the 4 B shape alone',
  },
  examples: {
    '4b': 'the tables of docs/performance.md for the 4 B shape',
    '4b model.gguf': 'a model of your own',
    '4b --only speed --bandwidth 4800': 'on a GPU of 4,800 GB/s',
    'tiny --rounds 1 --tokens 8': 'tries whether it runs; the figures say nothing',
  },
  async run(selection) {
    const [model, path] = selection.positionals
    const rounds = readCount(selection, 'rounds')
    const [maxTokens = Infinity] = readCounts(selection, 'tokens') ?? []
    const [bandwidth] = readCounts(selection, 'bandwidth') ?? []
    printHeader(rounds)
    const builders = {
      tiny: () => buildEmbeddedWorkload({ rounds, maxTokens }),
      '4b': () => buildFourBillionWorkload({ rounds, maxTokens }, path),
    }
    for (const [name, build] of Object.entries(builders)) {
      if (model !== undefined && model !== name) continue
      const workload = await build()
      if (selection.measurements.has('speed')) await compareOnDevices(workload, bandwidth)
      if (selection.measurements.has('event-loop')) await printEventLoopDelay(workload, manyStreams)
      if (selection.measurements.has('second-turn')) await printSecondTurn(workload)
      if (selection.measurements.has('steps')) await printStepCosts(workload)
      // The embedded model was trained on fewer tokens than each stream has.
      if (selection.measurements.has('memory') && name === '4b')
        await compareMemory(workload, manyStreams)
      if (selection.measurements.has('prompt-lookup')) await printPromptLookup(workload)
    }
    if (selection.measurements.has('long')) await printLongConversation(await buildLongWorkload())
  },
}

/** Compares on the device that nano chooses, and on the GPU where that is the CPU. */
async function compareOnDevices(workload: Workload, bandwidth: number | undefined): Promise<void> {
  let device = ''
  for (const streams of [1, manyStreams])
    device = await compareSpeeds(workload, { gpu: 'auto', streams, bandwidth })
  const gpu = device === 'cpu' ? await findGpu() : undefined
  if (!gpu) return
  for (const streams of [1, manyStreams]) await compareSpeeds(workload, { gpu, streams, bandwidth })
}
