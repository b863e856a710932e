import type { OnnxContents, OnnxTensor, OnnxType } from '../src/index.ts'

interface Table {
  /** Logits after each token, by its id. */
  readonly rows: readonly (readonly number[])[]
  /** Logits after a first token, where the graph has a branch for that, as older exports do. */
  readonly firstRows?: Table['rows']
  readonly ids?: 'int64' | 'int32'
}

/**
 * A decoder whose logits are looked up by the last token, and whose cache is the tokens it has
 * read.
 */
export function tableDecoder({ rows, firstRows, ids = 'int64' }: Table): OnnxContents {
  const shape = constant('shape', 'int64', BigInt64Array.of(1n, 1n, -1n, 1n), [4])
  return {
    name: 'table',
    inputs: [
      { name: 'input_ids', type: ids, dimensions: ['batch_size', 'sequence_length'] },
      ...(firstRows ? [{ name: 'use_cache_branch', type: 'bool', dimensions: [1] } as const] : []),
      {
        name: 'past_key_values.0.key',
        type: 'float32',
        dimensions: ['batch_size', 1, 'past_sequence_length', 1],
      },
    ],
    outputs: [
      {
        name: 'logits',
        type: 'float32',
        dimensions: ['batch_size', 'sequence_length', rows[0]?.length ?? 0],
      },
      {
        name: 'present.0.key',
        type: 'float32',
        dimensions: ['batch_size', 1, 'total_sequence_length', 1],
      },
    ],
    nodes: [
      firstRows
        ? {
            operator: 'If',
            inputs: ['use_cache_branch'],
            outputs: ['logits'],
            attributes: {
              then_branch: { graph: branch('later', 'rows') },
              else_branch: { graph: branch('first', 'first_rows') },
            },
          }
        : { operator: 'Gather', inputs: ['rows', 'input_ids'], outputs: ['logits'] },
      { operator: 'Cast', inputs: ['input_ids'], outputs: ['read'], attributes: { to: 1 } },
      { operator: 'Reshape', inputs: ['read', 'shape'], outputs: ['key'] },
      {
        operator: 'Concat',
        inputs: ['past_key_values.0.key', 'key'],
        outputs: ['present.0.key'],
        attributes: { axis: 2 },
      },
    ],
    tensors: [shape, matrix('rows', rows), ...(firstRows ? [matrix('first_rows', firstRows)] : [])],
  }
}

/** Names its output as the node around it does, as optimum's merged decoders do. */
function branch(name: string, rows: string): OnnxContents {
  return {
    name,
    inputs: [],
    outputs: [
      { name: 'logits', type: 'float32', dimensions: ['batch_size', 'sequence_length', 'width'] },
    ],
    nodes: [{ operator: 'Gather', inputs: [rows, 'input_ids'], outputs: ['logits'] }],
    tensors: [],
  }
}

function matrix(name: string, rows: Table['rows']): OnnxTensor {
  return constant(name, 'float32', Float32Array.from(rows.flat()), [
    rows.length,
    rows[0]?.length ?? 0,
  ])
}

function constant(
  name: string,
  type: OnnxType,
  values: Float32Array | BigInt64Array,
  dimensions: readonly number[],
): OnnxTensor {
  return { name, type, dimensions, bytes: new Uint8Array(values.buffer) }
}
