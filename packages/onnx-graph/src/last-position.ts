import { attributeField, nodeField, tensorField } from './graph/field-numbers.ts'
import { readName, type ParsedModel } from './graph/parse-model.ts'
import { parseNode, type ParsedNode } from './graph/parse-node.ts'
import { decodeText, filterFields, findField, parseFields } from './protobuf/parse-fields.ts'

/** The end of a decoder that can be computed for the last position of a sequence alone. */
export interface LastPosition {
  readonly nodes: ReadonlySet<Uint8Array>
  /** The values of all positions that these nodes take in. */
  readonly inputs: ReadonlySet<string>
  /** The values that they compute. */
  readonly outputs: ReadonlySet<string>
}

const products: readonly string[] = ['MatMul', 'MatMulNBits']
const arithmetic = ['Add', 'Sub', 'Mul', 'Div', 'Pow', 'Sqrt', 'Reciprocal', 'Neg', 'Cast']
const activations = ['Sigmoid', 'Tanh', 'Relu', 'Erf', 'Gelu', 'FastGelu', 'QuickGelu', 'BiasGelu']
const normalizations = [
  'LayerNormalization',
  'SimplifiedLayerNormalization',
  'RMSNormalization',
  'SkipLayerNormalization',
  'SkipSimplifiedLayerNormalization',
]

/**
 * Operators that compute each position of a sequence, `[batch, sequence, width]`, by itself. Of a
 * product with a matrix that holds where the matrix is constant.
 */
const positionwiseOperators: ReadonlySet<string> = new Set([
  ...products,
  ...arithmetic,
  ...activations,
  ...normalizations,
])

/**
 * Finds the nodes of which only the last position reaches the logits: behind the attention of the
 * last layer all positions are computed each by itself, and a sampler needs one. A decoder reads
 * any number of tokens, so none of its constants has a position.
 */
export function findLastPosition({ nodes, tensors, outputs }: ParsedModel): LastPosition {
  const constants = new Set(tensors.map(({ bytes }) => readName(bytes, tensorField.name)))
  const parsedNodes = nodes.map((node) => {
    const parsedNode = parseNode(node)
    const variables = listReadValues(parsedNode).filter(
      (input) => input !== '' && !constants.has(input),
    )
    if (variables.length === 0) for (const output of parsedNode.outputs) constants.add(output)
    return { ...parsedNode, node, variables }
  })

  const lastNodes = new Set<Uint8Array>()
  /** Values that other nodes or the caller take in, of all positions. */
  const neededValues = new Set(outputs.map(({ name }) => name).filter((name) => name !== 'logits'))
  const lastInputs = new Set<string>()
  const lastOutputs = new Set<string>()
  // Nodes follow those that compute their inputs.
  for (const { node, operator, inputs, outputs: results, variables } of parsedNodes.toReversed()) {
    const isLast =
      results.some((name) => name === 'logits' || lastInputs.has(name)) &&
      !results.some((name) => neededValues.has(name)) &&
      positionwiseOperators.has(operator) &&
      (!products.includes(operator) || constants.has(inputs[1] ?? '')) &&
      normalizesWidths(node)
    for (const name of variables) (isLast ? lastInputs : neededValues).add(name)
    if (!isLast) continue
    lastNodes.add(node)
    for (const name of results) lastOutputs.add(name)
  }
  return {
    nodes: lastNodes,
    inputs: new Set([...lastInputs].filter((name) => !lastOutputs.has(name))),
    outputs: lastOutputs,
  }
}

/** Whether an attribute `axis`, as normalizations have it, names the last of three dimensions. */
function normalizesWidths(node: Uint8Array): boolean {
  const attribute = filterFields(parseFields(node), nodeField.attribute)
    .map(({ bytes }) => parseFields(bytes))
    .find((fields) => decodeText(findField(fields, attributeField.name)) === 'axis')
  const axis = attribute && (findField(attribute, attributeField.integer)?.integer ?? 0)
  // Negative integers are read as numbers above 2 ** 63.
  return axis === undefined || axis === 2 || axis > 2 ** 63
}

/** The values that a node takes in, those of graphs within it last. */
function listReadValues({ inputs, innerNodes }: ParsedNode): readonly string[] {
  return [...inputs, ...innerNodes.flatMap((node) => listReadValues(parseNode(node)))]
}
