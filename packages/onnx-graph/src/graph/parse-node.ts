import { decodeText, filterFields, findField, parseFields } from '../protobuf/parse-fields.ts'
import { attributeField, graphField, nodeField } from './field-numbers.ts'

/** A node, by the names of its values. */
export interface ParsedNode {
  /** Such as `MatMul` and `GroupQueryAttention`. */
  readonly operator: string
  /** Empty for the operators of ONNX itself. */
  readonly domain: string
  /** Empty for one that is left out. */
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  /** The encoded nodes of the graphs within it, such as the branches of an `If`. */
  readonly innerNodes: readonly Uint8Array[]
  /** The attribute `axis`; absent where the node has none. */
  readonly axis: number | undefined
}

export function parseNode(node: Uint8Array): ParsedNode {
  const fields = parseFields(node)
  const attributes = filterFields(fields, nodeField.attribute).map(({ bytes }) =>
    parseFields(bytes),
  )
  const graphs = attributes.flatMap((attribute) =>
    filterFields(attribute, attributeField.graph, attributeField.graphs),
  )
  const axis = attributes.find(
    (attribute) => decodeText(findField(attribute, attributeField.name)) === 'axis',
  )
  return {
    operator: decodeText(findField(fields, nodeField.operator)),
    domain: decodeText(findField(fields, nodeField.domain)),
    inputs: filterFields(fields, nodeField.input).map(decodeText),
    outputs: filterFields(fields, nodeField.output).map(decodeText),
    innerNodes: graphs.flatMap(({ bytes }) => listNodes(bytes)),
    // Protobuf leaves out a 0.
    axis: axis && (findField(axis, attributeField.integer)?.integer ?? 0),
  }
}

/** The encoded nodes of an encoded graph. */
export function listNodes(graph: Uint8Array): readonly Uint8Array[] {
  return filterFields(parseFields(graph), graphField.node).map(({ bytes }) => bytes)
}
