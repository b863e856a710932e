import { type Benchmark, readCount } from '../benchmark.ts'
import { compareSpeeds } from '../llama-cpp/compare-speeds.ts'
import { printEventLoopDelay } from '../llama-cpp/event-loop.ts'
import { findLlamaBench } from '../llama-cpp/llama-bench.ts'
import { printLongConversation } from '../llama-cpp/long-conversation.ts'
import { buildRuntimeProgram } from '../llama-cpp/runtime-program.ts'
import { printSecondTurn } from '../llama-cpp/second-turn.ts'
import { printStepCosts } from '../llama-cpp/step-cost.ts'
import { printHeader } from '../measuring/header.ts'
import { buildRealWorkload, findRealFile, manyStreams, realModels } from './models.ts'
import { printOnnxSpeeds } from './onnx-speeds.ts'
import { printThreadSearch } from './thread-search.ts'

export const realBenchmark: Benchmark = {
  description:
    'Runs real weights with nano at its defaults, and with each neighbor at its defaults and at\n' +
    'its best settings, which short trials find: prompts of about 280 tokens, replies of 64.\n' +
    'npm run test:real -- --prepare brings the weights, about 30 GB with all that it makes.',
  positionals: [
    {
      name: 'MODEL',
      choices: Object.keys(realModels),
      description: 'the weights; without one, all, one after another',
    },
  ],
  options: {
    rounds: {
      type: 'count',
      value: 'N',
      default: '5',
      description: 'rounds after the one that warms up',
    },
    tokens: {
      type: 'count',
      value: 'N',
      minimum: 2,
      default: '64',
      description: 'the most tokens of a reply',
    },
  },
  measurements: {
    one: 'one stream: nano beside node-llama-cpp, llama-server and llama-bench',
    many: `${manyStreams} streams: nano beside node-llama-cpp and llama-server`,
    threads: 'how long the search for threads takes when a model is first opened',
    'event-loop': `how late the event loop is while ${manyStreams} streams decode`,
    'second-turn': 'time to read the second turn of a conversation, relative to the first',
    long: 'decoding after a conversation of up to 30,000 tokens; takes up to half an hour',
    steps: 'what the JavaScript thread computes in a decode step, by whose code',
    onnx: 'one stream on ONNX Runtime: nano beside onnxruntime-genai and transformers.js',
  },
  examples: {
    '': 'all tables, for one model after another',
    'smollm2 --only one --rounds 1': 'tries whether it runs',
  },
  async run(selection) {
    const [name] = selection.positionals
    const limits = {
      rounds: readCount(selection, 'rounds'),
      maxTokens: readCount(selection, 'tokens'),
    }
    const { measurements } = selection
    printHeader(limits.rounds)
    const llamaBenches = measurements.has('one')
      ? {
          'llama-server': findLlamaBench(),
          'node-llama-cpp': await buildRuntimeProgram('llama-bench'),
        }
      : {}
    for (const [key, model] of Object.entries(realModels)) {
      if (name !== undefined && name !== key) continue
      const workload = await buildRealWorkload(model, limits)
      const options = { gpu: 'auto', llamaBenches } as const
      if (measurements.has('one')) await compareSpeeds(workload, { ...options, streams: 1 })
      if (measurements.has('many'))
        await compareSpeeds(workload, { ...options, streams: manyStreams })
      if (measurements.has('threads')) await printThreadSearch(model)
      if (measurements.has('event-loop')) await printEventLoopDelay(workload, manyStreams)
      if (measurements.has('second-turn')) await printSecondTurn(workload)
      if (measurements.has('long'))
        await printLongConversation({
          name: model.name,
          path: findRealFile(model.gguf),
          maxContext: model.trainedLength,
          maxTokens: limits.maxTokens,
        })
      if (measurements.has('steps')) await printStepCosts(workload)
      if (measurements.has('onnx')) await printOnnxSpeeds(model, limits)
    }
  },
}
