import { decodeText, filterFields, findField, parseFields } from '../protobuf/parse-fields.ts'
import { attributeField, graphField, nodeField } from './field-numbers.ts'

/** A node, by the names of its values. */
export interface ParsedNode {
  /** Such as `MatMul` and `GroupQueryAttention`. */
  readonly operator: string
  /** Empty for one that is left out. */
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  /** The encoded nodes of the graphs within it, such as the branches of an `If`. */
  readonly innerNodes: readonly Uint8Array[]
}

export function parseNode(node: Uint8Array): ParsedNode {
  const fields = parseFields(node)
  const graphs = filterFields(fields, nodeField.attribute).flatMap(({ bytes }) =>
    filterFields(parseFields(bytes), attributeField.graph, attributeField.graphs),
  )
  return {
    operator: decodeText(findField(fields, nodeField.operator)),
    inputs: filterFields(fields, nodeField.input).map(decodeText),
    outputs: filterFields(fields, nodeField.output).map(decodeText),
    innerNodes: graphs.flatMap(({ bytes }) => listNodes(bytes)),
  }
}

/** The encoded nodes of an encoded graph. */
export function listNodes(graph: Uint8Array): readonly Uint8Array[] {
  return filterFields(parseFields(graph), graphField.node).map(({ bytes }) => bytes)
}
