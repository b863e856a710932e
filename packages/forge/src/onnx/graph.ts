import type { OnnxContents, OnnxNode, OnnxTensor, OnnxType, OnnxValue } from './onnx.ts'

/** How an operation is asked for: the names of its inputs, `''` for one left out. */
export interface Operation {
  readonly inputs: readonly string[]
  readonly domain?: 'com.microsoft'
  readonly attributes?: OnnxNode['attributes']
  /** Names for its outputs, when they have a name outside; else one is made. */
  readonly outputs?: readonly string[]
}

/** Collects a graph in the order in which it runs. */
export class Graph {
  readonly #inputs: OnnxValue[] = []
  readonly #outputs: OnnxValue[] = []
  readonly #nodes: OnnxNode[] = []
  readonly #tensors = new Map<string, OnnxTensor>()

  input(name: string, type: OnnxType, dimensions: OnnxValue['dimensions']): string {
    this.#inputs.push({ name, type, dimensions })
    return name
  }

  output(name: string, type: OnnxType, dimensions: OnnxValue['dimensions']): void {
    this.#outputs.push({ name, type, dimensions })
  }

  /** The same name again is the same tensor. */
  tensor(tensor: OnnxTensor): string {
    if (!this.#tensors.has(tensor.name)) this.#tensors.set(tensor.name, tensor)
    return tensor.name
  }

  /** Gives the name of the first output. */
  add(operator: string, { inputs, domain, attributes, outputs = [`${operator}_${this.#nodes.length}`] }: Operation): string {
    this.#nodes.push({ operator, inputs, outputs, ...(domain && { domain }), ...(attributes && { attributes }) })
    return outputs.find((output) => output !== '') ?? ''
  }

  contents(name: string): OnnxContents {
    return { name, inputs: this.#inputs, outputs: this.#outputs, nodes: this.#nodes, tensors: [...this.#tensors.values()] }
  }
}
