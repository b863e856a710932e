import { tensorField } from './graph/field-numbers.ts'
import { type ParsedModel, readName } from './graph/parse-model.ts'
import { parseNode, type ParsedNode } from './graph/parse-node.ts'

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

/** The domains in which these operators are what they are known for. */
const knownDomains: readonly string[] = ['', 'ai.onnx', 'com.microsoft']

/** Operators whose outputs, from that index on, are the same for all positions. */
const firstSharedOutput: Readonly<Record<string, number>> = {
  // The scale and the zero point of what it quantizes.
  DynamicQuantizeLinear: 1,
  Shape: 0,
  Size: 0,
}
/** Operators that make shared values of shared ones; others may make positions of a length. */
const sharingOperators: ReadonlySet<string> = new Set([
  ...arithmetic,
  'CastLike',
  'Gather',
  'Squeeze',
  'Unsqueeze',
])

interface TracedNode extends ParsedNode {
  readonly node: Uint8Array
  /** The values it takes in that may differ from position to position. */
  readonly variables: readonly string[]
}

/**
 * Finds the nodes of which only the last position reaches the logits: behind the attention of the
 * last layer all positions are computed each by itself, and a sampler needs one.
 */
export function findLastPosition(model: ParsedModel): LastPosition {
  const constants = new Set(model.tensors.map(({ bytes }) => readName(bytes, tensorField.name)))
  /** Values that other nodes or the caller take in, of all positions. */
  const neededValues = new Set(
    model.outputs.map(({ name }) => name).filter((name) => name !== 'logits'),
  )
  const lastNodes = new Set<Uint8Array>()
  const lastInputs = new Set<string>()
  const lastOutputs = new Set<string>()
  // Nodes follow those that compute their inputs.
  for (const tracedNode of traceNodes(model, constants).toReversed()) {
    const { node, outputs, variables } = tracedNode
    const isLast =
      outputs.some((name) => name === 'logits' || lastInputs.has(name)) &&
      !outputs.some((name) => neededValues.has(name)) &&
      isPositionwise(tracedNode, constants)
    for (const name of variables) (isLast ? lastInputs : neededValues).add(name)
    if (!isLast) continue
    lastNodes.add(node)
    for (const name of outputs) lastOutputs.add(name)
  }
  return {
    nodes: lastNodes,
    inputs: new Set([...lastInputs].filter((name) => !lastOutputs.has(name))),
    outputs: lastOutputs,
  }
}

/**
 * Parses the nodes, and finds which values may differ from position to position: not those that
 * only weights make, which are added to `constants`, because a decoder reads any number of tokens.
 */
function traceNodes({ nodes }: ParsedModel, constants: Set<string>): readonly TracedNode[] {
  const sharedValues = new Set<string>()
  return nodes.map((node) => {
    const parsedNode = parseNode(node)
    const { operator, outputs } = parsedNode
    const inputs = listReadValues(parsedNode).filter((name) => name !== '' && !constants.has(name))
    const variables = inputs.filter((name) => !sharedValues.has(name))
    if (inputs.length === 0) for (const output of outputs) constants.add(output)
    else {
      const isShared =
        sharingOperators.has(operator) && (variables.length === 0 || operator === 'CastLike')
      const first = isShared ? 0 : (firstSharedOutput[operator] ?? Infinity)
      for (const output of outputs.slice(first)) sharedValues.add(output)
    }
    return { ...parsedNode, node, variables }
  })
}

function isPositionwise(
  { operator, domain, inputs, axis }: ParsedNode,
  constants: ReadonlySet<string>,
): boolean {
  if (!positionwiseOperators.has(operator) || !knownDomains.includes(domain)) return false
  if (products.includes(operator)) return constants.has(inputs[1] ?? '')
  // Of three dimensions, the last is the width.
  return !normalizations.includes(operator) || axis === undefined || axis === -1 || axis === 2
}

/** The values that a node takes in, those of graphs within it last. */
function listReadValues({ inputs, innerNodes }: ParsedNode): readonly string[] {
  return [...inputs, ...innerNodes.flatMap((node) => listReadValues(parseNode(node)))]
}
