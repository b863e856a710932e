import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { onnxTransformer, openDecoder, writeOnnx } from '@nano/forge/onnx'
import type { OnnxGraph, OnnxNode, OnnxValue } from '@nano/onnx-graph'
import { gguf, onnx } from '@nano/tiny'
import { readGgufFileInfo } from 'node-llama-cpp'
import { temporaryFolder } from '../../../../../test/shared/temporary-folder.ts'

const folder = temporaryFolder()
const decoder = openDecoder(gguf.F16, await readGgufFileInfo(gguf.F16))

/** The embedded model's graph, as onnxruntime-genai's builder writes it. */
export function tinyGraph(options: { readonly hasPositionIds?: boolean } = {}): OnnxGraph {
  const { shape, weights } = decoder
  return onnxTransformer({ shape, weights, precision: 'fp32', head: 'full', ...options })
}

interface ExportOptions {
  readonly name: string
  /** Graphs by the names of their files. */
  readonly graphs: Readonly<Record<string, OnnxGraph>>
  /** Changes the config of onnxruntime-genai; absent, the folder has that of transformers.js. */
  readonly changeConfig?: (config: GenaiConfig) => object
}

interface GenaiConfig {
  readonly model: { readonly decoder: object }
}

/** Writes the embedded model as another exporter would, each graph with its weights beside it. */
export async function writeExport({ name, graphs, changeConfig }: ExportOptions): Promise<string> {
  const path = join(folder, name)
  mkdirSync(path)
  const source = changeConfig ? onnx.genai : onnx.transformers
  for (const file of readdirSync(source).filter((file) => file.endsWith('.json')))
    await cp(join(source, file), join(path, file))
  for (const [file, graph] of Object.entries(graphs))
    await writeOnnx({ path: join(path, file), dataPath: join(path, `${file}.data`), ...graph })
  if (changeConfig) {
    const { default: config } = (await import(join(source, 'genai_config.json'), {
      with: { type: 'json' },
    })) as { readonly default: GenaiConfig }
    writeFileSync(join(path, 'genai_config.json'), JSON.stringify(changeConfig(config)))
  }
  return path
}

/** Copies a folder into the layout of Hugging Face's cache: links to files of other names. */
export async function copyToCache(name: string, source: string): Promise<string> {
  const root = join(folder, name)
  const snapshot = join(root, 'models--someone--nano-tiny/snapshots/0123456789abcdef')
  const blobs = join(root, 'models--someone--nano-tiny/blobs')
  mkdirSync(blobs, { recursive: true })
  for (const [index, file] of readdirSync(source, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.\w+$/.test(file))
    .entries()) {
    await cp(join(source, file), join(blobs, `${index}`))
    mkdirSync(join(snapshot, file, '..'), { recursive: true })
    symlinkSync(join(blobs, `${index}`), join(snapshot, file))
  }
  return snapshot
}

const isCache = ({ name }: OnnxValue) => /^(?:past_key_values|present)\./.test(name)

/** Changes the dimensions of the cache among inputs and outputs. */
export function withCacheDimensions(
  graph: OnnxGraph,
  change: (dimensions: OnnxValue['dimensions']) => OnnxValue['dimensions'],
): OnnxGraph {
  const changeAll = (values: readonly OnnxValue[]) =>
    values.map((value) =>
      isCache(value) ? { ...value, dimensions: change(value.dimensions) } : value,
    )
  return { ...graph, inputs: changeAll(graph.inputs), outputs: changeAll(graph.outputs) }
}

/** Changes the attentions of a graph. */
export function withAttentions(
  graph: OnnxGraph,
  change: (node: OnnxNode) => Partial<OnnxNode>,
): OnnxGraph {
  const nodes = graph.nodes.map((node) =>
    node.operator === 'GroupQueryAttention' ? { ...node, ...change(node) } : node,
  )
  return { ...graph, nodes }
}

/** The graph without a cache among its inputs, which reads the start of a prompt. */
export function withoutPast(graph: OnnxGraph): OnnxGraph {
  const inputs = graph.inputs.filter((input) => !isCache(input))
  const withoutCache = ({ inputs }: OnnxNode) => ({
    inputs: inputs.map((input) => (input.startsWith('past_key_values.') ? '' : input)),
  })
  return withAttentions({ ...graph, inputs }, withoutCache)
}

/**
 * The graph with a branch for the start of a prompt and one to continue a cache, which reads one
 * token, as optimum merges its two files.
 */
export function merge(graph: OnnxGraph): OnnxGraph {
  const sharedNames = new Set([...graph.inputs, ...graph.tensors].map(({ name }) => name))
  const branch = (prefix: string, { nodes, outputs }: OnnxGraph): OnnxGraph => {
    const rename = (name: string) =>
      name === '' || sharedNames.has(name) ? name : `${prefix}${name}`
    return {
      name: prefix,
      inputs: [],
      outputs: outputs.map((value) => ({ ...value, name: rename(value.name) })),
      nodes: nodes.map((node) => ({
        ...node,
        inputs: node.inputs.map(rename),
        outputs: node.outputs.map(rename),
      })),
      tensors: [],
    }
  }
  return {
    ...graph,
    inputs: [...graph.inputs, { name: 'use_cache_branch', type: 'bool', dimensions: [1] }],
    nodes: [
      {
        operator: 'If',
        inputs: ['use_cache_branch'],
        outputs: graph.outputs.map(({ name }) => name),
        attributes: {
          then_branch: { graph: branch('continued/', graph) },
          else_branch: { graph: branch('started/', withoutPast(graph)) },
        },
      },
    ],
  }
}

/** The graph, which fails where it reads several tokens: its ids are one per sequence. */
export function readingOneToken(graph: OnnxGraph): OnnxGraph {
  const inputs = graph.inputs.map((input) =>
    input.name === 'input_ids' ? { ...input, dimensions: ['batch_size', 1] } : input,
  )
  return { ...graph, inputs }
}
