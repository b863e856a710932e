import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { GraphBuilder } from '../src/graph/graph-builder.ts'
import { parseModel } from '../src/graph/parse-model.ts'
import { encodeParts } from '../src/graph/rewrite-model.ts'
import { findLastPosition } from '../src/last-position.ts'
import { rawBytes } from '../src/protobuf/encode-fields.ts'
import { tinyModels } from './support/session.ts'

/** The values that are taken of all positions, and those computed for the last one alone. */
function split(
  addNodes: (graph: GraphBuilder, weight: string) => void,
  outputs: readonly string[] = ['logits'],
): { readonly inputs: readonly string[]; readonly outputs: readonly string[] } {
  const graph = new GraphBuilder()
  const bytes = new Uint8Array(4)
  addNodes(graph, graph.addTensor({ name: 'weight', type: 'float32', dimensions: [1, 1], bytes }))
  const last = findLastPosition({
    operatorSet: 21,
    modelFields: [],
    valueInfos: [],
    inputs: [],
    ...encodeParts(graph.build('test')),
    outputs: outputs.map((name) => ({
      name,
      type: undefined,
      dimensions: undefined,
      encodedType: rawBytes(),
    })),
  })
  return { inputs: [...last.inputs].toSorted(), outputs: [...last.outputs].toSorted() }
}

describe('the end of a decoder that is computed for the last position', () => {
  it('reaches back to the attention of the last layer and what goes past it', () => {
    const parts = split((graph, weight) => {
      graph.addNode('Add', { inputs: ['attention', 'residual'], outputs: ['sum'] })
      graph.addNode('SimplifiedLayerNormalization', { inputs: ['sum', weight], outputs: ['norm'] })
      graph.addNode('MatMul', { inputs: ['norm', weight], outputs: ['gate'] })
      graph.addNode('Mul', { inputs: ['gate', 'norm'], outputs: ['product'] })
      graph.addNode('Add', { inputs: ['product', 'sum'], outputs: ['hidden'] })
      graph.addNode('MatMulNBits', { inputs: ['hidden', weight], outputs: ['logits'] })
    })
    expect(parts).toEqual({
      inputs: ['attention', 'residual'],
      outputs: ['gate', 'hidden', 'logits', 'norm', 'product', 'sum'],
    })
  })

  it('has no product but those with a constant matrix', () => {
    expect(
      split((graph, weight) => {
        graph.addNode('MatMul', { inputs: ['scores', 'values'], outputs: ['attention'] })
        graph.addNode('MatMul', { inputs: ['attention', weight], outputs: ['logits'] })
      }),
    ).toEqual({ inputs: ['attention'], outputs: ['logits'] })
    expect(
      split((graph, weight) => {
        graph.addNode('MatMul', { inputs: [weight, 'values'], outputs: ['logits'] })
      }),
    ).toEqual({ inputs: [], outputs: [] })
  })

  it('has products with matrices that nodes make of weights', () => {
    expect(
      split((graph, weight) => {
        graph.addNode('Transpose', { inputs: [weight], outputs: ['turned'] })
        graph.addNode('MatMul', { inputs: ['hidden', 'turned'], outputs: ['logits'] })
      }),
    ).toEqual({ inputs: ['hidden'], outputs: ['logits'] })
  })

  it('has no operator that is not known to compute each position by itself', () => {
    expect(
      split((graph, weight) => {
        graph.addNode('CumSum', { inputs: ['hidden', weight], outputs: ['mixed'] })
        graph.addNode('MatMul', { inputs: ['mixed', weight], outputs: ['logits'] })
      }),
    ).toEqual({ inputs: ['mixed'], outputs: ['logits'] })
  })

  it('leaves out what is the same for all positions, such as the scale of a quantization', () => {
    expect(
      split((graph, weight) => {
        graph.addNode('DynamicQuantizeLinear', {
          inputs: ['hidden'],
          outputs: ['quantized', 'scale', 'zero'],
        })
        graph.addNode('MatMulInteger', {
          inputs: ['quantized', weight, 'zero', weight],
          outputs: ['product'],
        })
        graph.addNode('Cast', { inputs: ['product'], outputs: ['real'] })
        graph.addNode('Mul', { inputs: ['scale', weight], outputs: ['scales'] })
        graph.addNode('Mul', { inputs: ['real', 'scales'], outputs: ['logits'] })
      }),
    ).toEqual({ inputs: ['product'], outputs: ['logits', 'real'] })
    expect(
      split((graph, weight) => {
        graph.addNode('CastLike', { inputs: [weight, 'hidden'], outputs: ['exponent'] })
        graph.addNode('Pow', { inputs: ['hidden', 'exponent'], outputs: ['power'] })
        graph.addNode('MatMul', { inputs: ['power', weight], outputs: ['logits'] })
      }),
    ).toEqual({ inputs: ['hidden'], outputs: ['logits', 'power'] })
  })

  it('keeps values that a graph makes of a length for all positions', () => {
    expect(
      split((graph, weight) => {
        graph.addNode('Shape', { inputs: ['tokens'], outputs: ['length'] })
        graph.addNode('Range', { inputs: [weight, 'length', weight], outputs: ['places'] })
        graph.addNode('Add', { inputs: ['hidden', 'places'], outputs: ['placed'] })
        graph.addNode('MatMul', { inputs: ['placed', weight], outputs: ['logits'] })
      }),
    ).toEqual({ inputs: ['hidden', 'places'], outputs: ['logits', 'placed'] })
  })

  it('has normalizations of widths, and none of positions', () => {
    const normalizeAlong = (axis: number) =>
      split((graph, weight) => {
        graph.addNode('LayerNormalization', {
          inputs: ['hidden', weight],
          outputs: ['norm'],
          attributes: { axis },
        })
        graph.addNode('MatMul', { inputs: ['norm', weight], outputs: ['logits'] })
      }).inputs
    expect([-1, 2].map(normalizeAlong)).toEqual([['hidden'], ['hidden']])
    expect([0, 1, -2, -3].map(normalizeAlong)).toEqual(Array(4).fill(['norm']))
  })

  it('has nothing that other nodes, graphs in them or callers need of all positions', () => {
    const addHidden = (graph: GraphBuilder, weight: string) => {
      graph.addNode('Add', { inputs: ['attention', weight], outputs: ['hidden'] })
      graph.addNode('MatMul', { inputs: ['hidden', weight], outputs: ['logits'] })
    }
    const onlyLogits = { inputs: ['hidden'], outputs: ['logits'] }
    expect(split(addHidden)).toEqual({ inputs: ['attention'], outputs: ['hidden', 'logits'] })
    expect(split(addHidden, ['logits', 'hidden'])).toEqual(onlyLogits)
    expect(
      split((graph, weight) => {
        addHidden(graph, weight)
        graph.addNode('Transpose', { inputs: ['hidden'], outputs: ['turned'] })
      }),
    ).toEqual(onlyLogits)
    expect(
      split((graph, weight) => {
        addHidden(graph, weight)
        const branch = (prefix: string) => {
          const inner = new GraphBuilder(prefix)
          inner.addOutput(inner.addNode('Neg', { inputs: ['hidden'] }), 'float32', [1])
          return inner
        }
        graph.addIf('condition', { whenTrue: branch('then'), whenFalse: branch('else') })
      }),
    ).toEqual(onlyLogits)
  })

  it.each(Object.entries(tinyModels))('is found in a model %s', (_name, path) => {
    const { inputs, nodes } = findLastPosition(parseModel(readFileSync(path)))
    expect(inputs.size).toBe(2)
    expect(nodes.size).toBeGreaterThanOrEqual(9)
  })
})
