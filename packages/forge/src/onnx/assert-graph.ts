import { NanoError } from '@nano/core'
import type { OnnxGraph } from '@nano/onnx-graph'

/** Throws `invalid-request` for a graph that cannot be a file, before anything is written. */
export function assertGraph({ nodes, inputs, outputs, tensors }: OnnxGraph): void {
  const names = new Set(['', ...inputs.map(({ name }) => name)])
  for (const { name, dimensions } of tensors) {
    if (names.has(name))
      throw invalidGraphError(`tensor ${name} exists twice. Give each tensor a name of its own`)
    if (dimensions.some((size) => !Number.isSafeInteger(size) || size < 1))
      throw invalidGraphError(
        `tensor ${name} has dimensions ${dimensions.join(' × ')}. Give positive whole numbers`,
      )
    names.add(name)
  }
  for (const node of nodes) {
    for (const input of node.inputs)
      if (!names.has(input))
        throw invalidGraphError(
          `${node.operator} uses ${input}, which no node before it gives. Give nodes in order`,
        )
    for (const output of node.outputs) names.add(output)
  }
  for (const { name } of outputs)
    if (!names.has(name)) throw invalidGraphError(`no node gives the output ${name}`)
}

function invalidGraphError(fault: string): NanoError {
  return new NanoError('invalid-request', `forge: the graph cannot be written: ${fault}.`)
}
