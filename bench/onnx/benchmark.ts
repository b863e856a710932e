import { type Benchmark, type BenchmarkSelection, readCount, readCounts } from '../benchmark.ts'
import { printHeader } from '../measuring/header.ts'
import { printBatchSteps } from './batch-step.ts'
import { printEventLoopDelay } from './event-loop.ts'
import { compareLatency } from './latency.ts'
import { compareLoop } from './loop.ts'
import { compareMemory } from './memory.ts'
import { compareThroughput } from './throughput.ts'
import {
  buildFourBillionWorkload,
  buildFourLayerWorkloads,
  type Device,
  embeddedWorkload,
  type Workload,
} from './workloads.ts'

export const onnxBenchmark: Benchmark = {
  description:
    'Decodes greedily with nano and with transformers.js, on the same file and the same version\n' +
    'of onnxruntime-node. transformers.js has its default threads, and for tiny also one thread.',
  positionals: [
    {
      name: 'MODEL',
      choices: ['tiny', '4b', 'layers'],
      description:
        "tiny: the embedded model. 4b: Nemotron Nano 4B's shape in 4 bits, 4.2 GB.\n" +
        'layers: four layers of it in three precisions. Without it, all',
    },
  ],
  options: {
    rounds: { type: 'count', value: 'N', description: 'rounds; by default 15, 3 and 5' },
    lengths: {
      type: 'counts',
      value: 'N,…',
      description: 'tokens of the prompts; by default 128, 128 and 4096, 64',
    },
    tokens: { type: 'count', value: 'N', minimum: 2, description: 'the most tokens of a reply' },
    opens: {
      type: 'count',
      value: 'N',
      default: '50',
      minimum: 3,
      description: 'opens and closes',
    },
    device: {
      type: 'text',
      value: 'NAME',
      default: 'cpu',
      choices: ['cpu', 'cuda', 'webgpu'],
      description: 'where all compute: cpu, cuda or webgpu',
    },
  },
  measurements: {
    latency: 'speed of one reply after another, to the first token and after it; not of layers',
    throughput: 'tokens per second of eight requests at once and in turn',
    loop: 'decoding speed of several steps to a run, relative to one step to a run; of tiny',
    'event-loop': 'how late the event loop is during a reply; not of layers',
    memory: 'memory over many opens and closes; of tiny',
    batch: 'how long a step of several sequences takes; of layers, on the CPU',
  },
  examples: {
    '4b --rounds 2': 'the 4 B shape, as docs/performance.md has it',
    layers: 'several requests at once, as docs/performance.md has them',
    'tiny --device webgpu': 'the embedded model on WebGPU',
    'tiny --rounds 1 --tokens 8 --opens 3': 'tries whether it runs; the figures say nothing',
  },
  async run(selection) {
    const [model] = selection.positionals
    if (model === undefined || model === 'tiny') await measureEmbedded(selection)
    if (model === undefined || model === '4b') await measureFourBillion(selection)
    if (model === undefined || model === 'layers') await measureLayers(selection)
  },
}

async function measureEmbedded(selection: BenchmarkSelection): Promise<void> {
  const { measurements } = selection
  const device = readDevice(selection)
  const workload = adjustWorkload(embeddedWorkload, selection)
  printHeader(workload.rounds)
  if (measurements.has('latency')) await compareLatency(workload, device)
  const fp32: Workload = { ...workload, name: 'the embedded model, fp32', precision: 'fp32' }
  if (measurements.has('throughput'))
    for (const variant of [workload, fp32]) await compareThroughput(variant, device)
  if (measurements.has('loop'))
    for (const variant of [workload, fp32]) await compareLoop(variant, device)
  if (measurements.has('event-loop')) await printEventLoopDelay(workload, device)
  if (measurements.has('memory'))
    await compareMemory(workload, { device, openCount: readCount(selection, 'opens') })
}

async function measureFourBillion(selection: BenchmarkSelection): Promise<void> {
  const { measurements } = selection
  const device = readDevice(selection)
  const workload = adjustWorkload(await buildFourBillionWorkload(), selection)
  printHeader(workload.rounds)
  if (measurements.has('latency')) await compareLatency(workload, device)
  if (measurements.has('throughput')) await compareThroughput(workload, device)
  if (measurements.has('event-loop')) await printEventLoopDelay(workload, device)
}

async function measureLayers(selection: BenchmarkSelection): Promise<void> {
  const { measurements } = selection
  const workloads = (await buildFourLayerWorkloads()).map((workload) =>
    adjustWorkload(workload, selection),
  )
  printHeader(workloads[0]?.rounds ?? NaN)
  if (measurements.has('throughput'))
    for (const workload of workloads) await compareThroughput(workload, readDevice(selection))
  if (measurements.has('batch')) await printBatchSteps(workloads)
}

function adjustWorkload(workload: Workload, selection: BenchmarkSelection): Workload {
  const [rounds = workload.rounds] = readCounts(selection, 'rounds') ?? []
  const [maxTokens = workload.maxTokens] = readCounts(selection, 'tokens') ?? []
  const promptLengths = readCounts(selection, 'lengths') ?? workload.promptLengths
  return { ...workload, rounds, promptLengths, maxTokens: Math.min(maxTokens, workload.maxTokens) }
}

function readDevice({ options }: BenchmarkSelection): Device {
  return options['device'] as Device
}
