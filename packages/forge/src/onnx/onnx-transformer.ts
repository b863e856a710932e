import { NanoError } from '@nano/core'
import { GraphBuilder, type OnnxGraph } from '@nano/onnx-graph'
import type { Weights } from '../gguf.ts'
import type { Shape } from '../shapes.ts'
import { checkShape, matricesOf, type MatrixName } from '../transformer.ts'
import { blockSize, fourBits } from './four-bits.ts'
import { halvesApart, tensorFrom, turned, vectorOf, type GivenWeights } from './given-weights.ts'
import { rotaryCaches } from './rotary.ts'
import { floats } from './sources.ts'

/**
 * Of what a graph computes with, and of its weights: `q4` and `q4f16` keep matrices in four bits
 * and compute in 32 and 16.
 */
export type OnnxPrecision = 'fp32' | 'fp16' | 'q4' | 'q4f16'

/** What to make of a shape. */
export interface OnnxTransformerOptions {
  readonly shape: Shape
  readonly precision: OnnxPrecision
  /** Left out, weights are random. */
  readonly weights?: GivenWeights
  /** A whole number; the random weights of each tensor are drawn from it and the tensor's name. */
  readonly seed?: number
  /** Standard deviation of random weights. */
  readonly deviation?: number
  /**
   * Whether the graph has the input `position_ids`, and a RotaryEmbedding that reads it. Without,
   * attention counts positions from the cache.
   */
  readonly positionIds?: boolean
  /**
   * Of every position, of the last, or of as many as the input `num_logits_to_keep` says, 0 for
   * all.
   */
  readonly logits?: 'all' | 'last' | 'asked'
  /** Blocks in four bits have a zero point of their own instead of 8. */
  readonly zeroPoints?: boolean
  /**
   * `accuracy_level` of four-bit products: 4 rounds what is multiplied to 8 bits, 1 or none
   * computes in 32.
   */
  readonly accuracyLevel?: 0 | 1 | 2 | 3 | 4
  /**
   * Whether the output matrix is in four bits too, in `q4` and `q4f16`. A tied one in full is the
   * embedding itself.
   */
  readonly head?: 'quantised' | 'full'
}

/** What every part of the graph needs. */
interface Build
  extends
    Required<
      Pick<OnnxTransformerOptions, 'shape' | 'precision' | 'seed' | 'deviation' | 'zeroPoints'>
    >,
    Pick<OnnxTransformerOptions, 'weights' | 'accuracyLevel'> {
  readonly graph: GraphBuilder
  readonly type: 'float32' | 'float16'
}

/** Names in an export, by llama.cpp's. */
const names: Readonly<Record<MatrixName, string>> = {
  attn_q: 'attn.q_proj',
  attn_k: 'attn.k_proj',
  attn_v: 'attn.v_proj',
  attn_output: 'attn.o_proj',
  ffn_gate: 'mlp.gate_proj',
  ffn_up: 'mlp.up_proj',
  ffn_down: 'mlp.down_proj',
}

/**
 * A decoder of that shape as onnxruntime-genai's model builder writes it, with random or given
 * weights. Inputs: `input_ids`, `attention_mask`, `past_key_values.{i}.key` and `.value`; outputs:
 * `logits`, `present.{i}.key` and `.value`. Throws `invalid-request` for sizes that do not fit each
 * other or four bits, `bad-model` for weights that do not fit the shape.
 * @see https://github.com/microsoft/onnxruntime-genai/blob/main/src/python/py/models/builders/base.py
 */
export function onnxTransformer(options: OnnxTransformerOptions): OnnxGraph {
  const {
    shape,
    precision,
    weights,
    seed = 0,
    deviation = 0.02,
    positionIds = false,
    logits = 'all',
    zeroPoints = false,
    accuracyLevel,
    head = 'quantised',
  } = options
  check(shape, precision)
  const graph = new GraphBuilder()
  const type = precision === 'fp32' || precision === 'q4' ? 'float32' : 'float16'
  const build: Build = {
    graph,
    shape,
    precision,
    type,
    seed,
    deviation,
    zeroPoints,
    ...(weights && { weights }),
    ...(accuracyLevel !== undefined && { accuracyLevel }),
  }

  graph.addInput('input_ids', 'int64', ['batch_size', 'sequence_length'])
  graph.addInput('attention_mask', 'int64', ['batch_size', 'total_sequence_length'])
  if (positionIds) graph.addInput('position_ids', 'int64', ['batch_size', 'sequence_length'])
  if (logits === 'asked') graph.addInput('num_logits_to_keep', 'int64', [])
  graph.addOutput('logits', type, [
    'batch_size',
    logits === 'all' ? 'sequence_length' : logits === 'last' ? 1 : 'num_logits_to_keep',
    shape.vocabulary,
  ])

  const lengths = lengthsFromMask(graph)
  const [cos = '', sin = ''] = rotaryCaches(build).map((cache) => graph.addTensor(cache))
  const positions = { lengths, caches: [cos, sin], told: positionIds }
  const embedding = fullMatrix(build, 'token_embd.weight', 'model.embed_tokens.weight')

  let stream = graph.addNode('Gather', { inputs: [embedding, 'input_ids'] })
  let normal = norm(build, {
    name: 'blk.0.attn_norm.weight',
    export: 'model.layers.0.input_layernorm.weight',
    inputs: [stream],
  })
  for (let layer = 0; layer < shape.layers; layer++) {
    const mixed = attention(build, { layer, normal, positions })
    ;[normal, stream] = skipNorm(build, {
      name: `blk.${layer}.ffn_norm.weight`,
      export: `model.layers.${layer}.post_attention_layernorm.weight`,
      inputs: [stream, mixed],
    })
    const fed = feedForward(build, { layer, normal })
    const last = layer === shape.layers - 1
    ;[normal, stream] = skipNorm(build, {
      name: last ? 'output_norm.weight' : `blk.${layer + 1}.attn_norm.weight`,
      export: last ? 'model.norm.weight' : `model.layers.${layer + 1}.input_layernorm.weight`,
      inputs: [stream, fed],
    })
  }
  output(build, { normal: kept(graph, normal, logits), embedding, head })
  return graph.build('main_graph')
}

function check(shape: Shape, precision: OnnxPrecision): void {
  checkShape(shape)
  if (precision === 'fp32' || precision === 'fp16') return
  for (const {
    name,
    dimensions: [columns],
  } of matricesOf(shape)) {
    if (columns % blockSize !== 0)
      throw new NanoError(
        'invalid-request',
        `forge: ${name} has rows of ${columns} weights, and ${precision} packs ${blockSize} at a time. Give a shape of multiples of ${blockSize}, or choose fp32 or fp16.`,
      )
  }
}

/** `seqlens_k`, the index of each sequence's last token, and the length of the longest. */
function lengthsFromMask(graph: GraphBuilder): readonly [string, string] {
  const cast = (input: string) => graph.addNode('Cast', { inputs: [input], attributes: { to: 6 } })
  const one = graph.addIntegers('one', [1])
  const count = graph.addNode('ReduceSum', {
    inputs: ['attention_mask', one],
    attributes: { keepdims: 1 },
  })
  const seqlens = cast(graph.addNode('Sub', { inputs: [count, one] }))
  const total = graph.addNode('Gather', {
    inputs: [
      graph.addNode('Shape', { inputs: ['attention_mask'] }),
      graph.addIntegers('length_axis', [1], []),
    ],
    attributes: { axis: 0 },
  })
  return [seqlens, cast(total)]
}

interface Norm {
  readonly name: string
  readonly export: string
  readonly inputs: readonly string[]
  readonly length?: number
}

function gain(
  { graph, shape, type, weights }: Build,
  { name, export: exported, length = shape.hidden }: Norm,
): string {
  const given = tensorFrom(weights, name, [length])
  return graph.addTensor(
    floats({
      name: exported,
      type,
      dimensions: [length],
      weights: given
        ? vectorOf(given)
        : { type: 'given', values: new Float32Array(length).fill(1) },
    }),
  )
}

function norm(build: Build, options: Norm): string {
  return build.graph.addNode('SimplifiedLayerNormalization', {
    inputs: [...options.inputs, gain(build, options)],
    attributes: { axis: -1, epsilon: { float: build.shape.normEpsilon }, stash_type: 1 },
  })
}

/** The sum and its norm at once. */
function skipNorm(build: Build, options: Norm): readonly [string, string] {
  const outputs = [`${options.export}/output`, `${options.export}/sum`] as const
  build.graph.addNode('SkipSimplifiedLayerNormalization', {
    domain: 'com.microsoft',
    inputs: [...options.inputs, gain(build, options)],
    attributes: { epsilon: { float: build.shape.normEpsilon } },
    outputs: [outputs[0], '', '', outputs[1]],
  })
  return outputs
}

interface Attention {
  readonly layer: number
  readonly normal: string
  readonly positions: {
    readonly lengths: readonly string[]
    readonly caches: readonly string[]
    /**
     * Turned by `position_ids` before: GroupQueryAttention would look at the first of them only.
     */
    readonly told: boolean
  }
}

function attention(
  build: Build,
  { layer, normal, positions: { lengths, caches, told } }: Attention,
): string {
  const {
    graph,
    shape: { heads, kvHeads, headSize },
    type,
  } = build
  const [query, key, value] = (['attn_q', 'attn_k', 'attn_v'] as const).map((name) => {
    const input = headNorm(build, {
      layer,
      name,
      input: linear(build, { layer, name, input: normal }),
    })
    return told && name !== 'attn_v'
      ? graph.addNode('RotaryEmbedding', {
          domain: 'com.microsoft',
          inputs: [input, 'position_ids', ...caches],
          attributes: { interleaved: 0 },
        })
      : input
  })
  const past = ['key', 'value'].map((part) =>
    graph.addInput(`past_key_values.${layer}.${part}`, type, [
      'batch_size',
      kvHeads,
      'past_sequence_length',
      headSize,
    ]),
  )
  const present = ['key', 'value'].map((part) => `present.${layer}.${part}`)
  for (const name of present)
    graph.addOutput(name, type, ['batch_size', kvHeads, 'total_sequence_length', headSize])
  const mixed = `layers.${layer}.attention`
  graph.addNode('GroupQueryAttention', {
    domain: 'com.microsoft',
    inputs: [query ?? '', key ?? '', value ?? '', ...past, ...lengths, ...(told ? [] : caches)],
    attributes: {
      num_heads: heads,
      kv_num_heads: kvHeads,
      scale: { float: 1 / Math.sqrt(headSize) },
      do_rotary: told ? 0 : 1,
      rotary_interleaved: 0,
    },
    outputs: [mixed, ...present],
  })
  return linear(build, { layer, name: 'attn_output', input: mixed })
}

/** qwen3 normalises each head of queries and keys. */
function headNorm(
  build: Build,
  {
    layer,
    name,
    input,
  }: {
    readonly layer: number
    readonly name: 'attn_q' | 'attn_k' | 'attn_v'
    readonly input: string
  },
): string {
  const {
    graph,
    shape: { architecture, heads, kvHeads, headSize },
  } = build
  if (architecture !== 'qwen3' || name === 'attn_v') return input
  const reshaped = (data: string, to: string, sizes: readonly number[]) =>
    graph.addNode('Reshape', { inputs: [data, graph.addIntegers(to, sizes)] })
  const apart = reshaped(input, 'by_head', [0, -1, headSize])
  const normal = norm(build, {
    name: `blk.${layer}.${name}_norm.weight`,
    export: `model.layers.${layer}.${names[name].replace('_proj', '_norm')}.layernorm.weight`,
    inputs: [apart],
    length: headSize,
  })
  return reshaped(normal, `${name}_together`, [
    0,
    -1,
    (name === 'attn_q' ? heads : kvHeads) * headSize,
  ])
}

function feedForward(
  build: Build,
  { layer, normal }: { readonly layer: number; readonly normal: string },
): string {
  const { graph } = build
  const gate = linear(build, { layer, name: 'ffn_gate', input: normal })
  const up = linear(build, { layer, name: 'ffn_up', input: normal })
  const swish = graph.addNode('Mul', {
    inputs: [gate, graph.addNode('Sigmoid', { inputs: [gate] })],
  })
  return linear(build, {
    layer,
    name: 'ffn_down',
    input: graph.addNode('Mul', { inputs: [swish, up] }),
  })
}

function linear(
  build: Build,
  {
    layer,
    name,
    input,
  }: { readonly layer: number; readonly name: MatrixName; readonly input: string },
): string {
  const dimensions = matricesOf(build.shape).find((matrix) => matrix.name === name)?.dimensions ?? [
    0, 0,
  ]
  return product(build, {
    from: `blk.${layer}.${name}.weight`,
    name: `model.layers.${layer}.${names[name]}.MatMul.weight`,
    dimensions,
    input,
  })
}

interface Product {
  /** Its name in a GGUF file. */
  readonly from: string
  readonly name: string
  readonly dimensions: readonly [number, number]
  readonly input: string
  readonly output?: string
  readonly full?: boolean
}

function product(
  build: Build,
  { from, name, dimensions, input, output, full = build.precision.startsWith('fp') }: Product,
): string {
  const { graph, type, zeroPoints, accuracyLevel } = build
  const [columns, rows] = dimensions
  const found = tensorFrom(build.weights, from, dimensions)
  const given = found && /attn_[qk]\./.test(from) ? halvesApart(found, build.shape) : found
  const outputs = output === undefined ? {} : { outputs: [output] }
  if (full)
    return graph.addNode('MatMul', {
      inputs: [
        input,
        graph.addTensor(
          floats({
            name,
            type,
            dimensions: [columns, rows],
            weights: given ? turned(given) : randomOf(build),
          }),
        ),
      ],
      ...outputs,
    })

  const tensors = fourBits({
    name,
    columns,
    rows,
    type,
    zeroPoints,
    weights: given ?? randomOf(build),
  })
  return graph.addNode('MatMulNBits', {
    domain: 'com.microsoft',
    inputs: [input, ...tensors.map((tensor) => graph.addTensor(tensor))],
    attributes: {
      K: columns,
      N: rows,
      bits: 4,
      block_size: blockSize,
      ...(accuracyLevel !== undefined && { accuracy_level: accuracyLevel }),
    },
    ...outputs,
  })
}

function fullMatrix(build: Build, from: string, name: string): string {
  const {
    graph,
    type,
    shape: { hidden, vocabulary },
  } = build
  const given = tensorFrom(build.weights, from, [hidden, vocabulary])
  return graph.addTensor(
    floats({
      name,
      type,
      dimensions: [vocabulary, hidden],
      weights: given ? vectorOf(given) : randomOf(build),
    }),
  )
}

function randomOf({ seed, deviation }: Build): Weights & { readonly type: 'random' } {
  return { type: 'random', seed, deviation }
}

/** The positions that get logits. */
function kept(
  graph: GraphBuilder,
  normal: string,
  logits: OnnxTransformerOptions['logits'],
): string {
  if (logits === 'all') return normal
  const axis = graph.addIntegers('one', [1])
  const start =
    logits === 'last'
      ? graph.addIntegers('last', [-1])
      : graph.addNode('Reshape', {
          inputs: [graph.addNode('Neg', { inputs: ['num_logits_to_keep'] }), axis],
        })
  return graph.addNode('Slice', {
    inputs: [normal, start, graph.addIntegers('to_the_end', [Number.MAX_SAFE_INTEGER]), axis],
  })
}

function output(
  build: Build,
  {
    normal,
    embedding,
    head,
  }: { readonly normal: string; readonly embedding: string; readonly head: 'quantised' | 'full' },
): void {
  const {
    graph,
    shape: { hidden, vocabulary, tied },
  } = build
  const full = head === 'full' || build.precision.startsWith('fp')
  if (tied && full)
    graph.addNode('MatMul', {
      inputs: [normal, graph.addNode('Transpose', { inputs: [embedding] })],
      outputs: ['logits'],
    })
  else
    product(build, {
      from: tied ? 'token_embd.weight' : 'output.weight',
      name: 'lm_head.MatMul.weight',
      dimensions: [hidden, vocabulary],
      input: normal,
      output: 'logits',
      full,
    })
}
