import { attributeField, graphField, modelField, nodeField } from './graph/field-numbers.ts'
import { decodeText, filterFields, parseFields } from './protobuf/parse-fields.ts'

/** What the nodes of a model are and read, those of nested graphs included. */
export interface NodeFacts {
  /** Such as `MatMul` and `GroupQueryAttention`. */
  readonly operators: ReadonlySet<string>
  /** The names of the values that nodes read. */
  readonly readValues: ReadonlySet<string>
  /** The names of the second inputs of `Greater` nodes. */
  readonly bounds: ReadonlySet<string>
}

/** Lists what the nodes of a model are and read. Throws `bad-model` for bytes that are no model. */
export function inspectNodes(model: Uint8Array): NodeFacts {
  const operators = new Set<string>()
  const readValues = new Set<string>()
  const bounds = new Set<string>()

  function inspectGraph(graph: Uint8Array): void {
    for (const node of filterFields(parseFields(graph), graphField.node)) {
      const fields = parseFields(node.bytes)
      const [operator = ''] = filterFields(fields, nodeField.operator).map(decodeText)
      const inputs = filterFields(fields, nodeField.input).map(decodeText)
      operators.add(operator)
      for (const input of inputs) readValues.add(input)
      if (operator === 'Greater' && inputs[1] !== undefined) bounds.add(inputs[1])
      for (const attribute of filterFields(fields, nodeField.attribute))
        for (const nested of filterFields(
          parseFields(attribute.bytes),
          attributeField.graph,
          attributeField.graphs,
        ))
          inspectGraph(nested.bytes)
    }
  }

  for (const graph of filterFields(parseFields(model), modelField.graph)) inspectGraph(graph.bytes)
  return { operators, readValues, bounds }
}
