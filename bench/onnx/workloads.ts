import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { madeUpVocabulary, shapes } from '@nano/forge'
import { type OnnxTransformerOptions, writeOnnxFolder } from '@nano/forge/onnx'
import { onnx } from '@nano/tiny'

/** Where all contenders compute. */
export type Device = 'cpu' | 'cuda' | 'webgpu'

/** A model to measure with, and what it is asked. */
export interface Workload {
  readonly name: string
  /** In the layout of transformers.js, which every contender can open. */
  readonly folder: string
  readonly precision: 'fp32' | 'q4'
  /** Tokens of the prompts, the shortest first. */
  readonly promptLengths: readonly number[]
  /** Tokens of a reply. */
  readonly maxTokens: number
  readonly rounds: number
  /** Where it is given, transformers.js is also measured with so many threads. */
  readonly peerThreads?: number
}

const cacheFolder = join(import.meta.dirname, '../node_modules/.cache')

/** The name of the folder tells `@nano/onnx` which chat format to use. */
const modelName = 'Llama-3.1-Nemotron-Nano-4B-v1.1'

export const embeddedWorkload: Workload = {
  name: 'the embedded model, q4',
  folder: onnx.transformers,
  precision: 'q4',
  promptLengths: [128],
  maxTokens: 64,
  rounds: 15,
  peerThreads: 1,
}

/** The 4 B shape with random weights and a made-up vocabulary: 4.2 GB, written once. */
export async function buildFourBillionWorkload(): Promise<Workload> {
  return {
    name: 'the 4 B shape, q4',
    folder: await findOrWriteFolder('4 B', { shape: shapes['nemotron-nano-4b'], precision: 'q4' }),
    precision: 'q4',
    promptLengths: [128, 4_096],
    maxTokens: 24,
    rounds: 3,
  }
}

/**
 * Four layers of the 4 B shape, in each of the ways in which ONNX Runtime computes products:
 * what a batch saves depends on that.
 */
export async function buildFourLayerWorkloads(): Promise<readonly Workload[]> {
  const shape = { ...shapes['nemotron-nano-4b'], layers: 4, vocabularySize: 32_768 }
  const graphs = [
    { name: 'fp32', precision: 'fp32' },
    { name: 'q4, products in 32 bits', precision: 'q4' },
    { name: 'q4, products in 8 bits', precision: 'q4', accuracyLevel: 4 },
  ] as const
  const workloads: Workload[] = []
  for (const { name, ...graph } of graphs)
    workloads.push({
      name: `four layers of the 4 B shape, ${name}`,
      folder: await findOrWriteFolder(`four layers, ${name}`, { shape, ...graph }),
      precision: graph.precision,
      promptLengths: [64],
      maxTokens: 64,
      rounds: 5,
    })
  return workloads
}

async function findOrWriteFolder(name: string, graph: OnnxTransformerOptions): Promise<string> {
  const folder = join(cacheFolder, name, modelName)
  if (existsSync(join(folder, 'tokenizer.json'))) return folder
  console.error(`Writing ${folder}`)
  await writeOnnxFolder({
    folder,
    layout: 'transformers',
    vocabulary: madeUpVocabulary(graph.shape.vocabularySize),
    ...graph,
  })
  return folder
}
