import { modelField } from './graph/field-numbers.ts'
import { listNodes, parseNode } from './graph/parse-node.ts'
import { filterFields, parseFields } from './protobuf/parse-fields.ts'

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

  function inspect(node: Uint8Array): void {
    const { operator, inputs, innerNodes } = parseNode(node)
    operators.add(operator)
    for (const input of inputs) readValues.add(input)
    if (operator === 'Greater' && inputs[1] !== undefined) bounds.add(inputs[1])
    for (const innerNode of innerNodes) inspect(innerNode)
  }

  for (const graph of filterFields(parseFields(model), modelField.graph))
    for (const node of listNodes(graph.bytes)) inspect(node)
  return { operators, readValues, bounds }
}
