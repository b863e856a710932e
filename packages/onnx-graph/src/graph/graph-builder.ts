import {
  onnxTypes,
  type OnnxContents,
  type OnnxNode,
  type OnnxTensor,
  type OnnxType,
  type OnnxValue,
} from './onnx-graph.ts'

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
  readonly #prefix: string

  /** `prefix`: of names made here, so that graphs in one another share none. */
  constructor(prefix = '') {
    this.#prefix = prefix
  }

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
  add(
    operator: string,
    {
      inputs,
      domain,
      attributes,
      outputs = [`${this.#prefix}${operator}_${this.#nodes.length}`],
    }: Operation,
  ): string {
    this.#nodes.push({
      operator,
      inputs,
      outputs,
      ...(domain && { domain }),
      ...(attributes && { attributes }),
    })
    return outputs.find((output) => output !== '') ?? ''
  }

  /** Adds an operation whose output, a vector, is the graph's. */
  give(operator: string, inputs: readonly string[], type: OnnxType = 'int64'): void {
    const name = this.add(operator, { inputs })
    this.output(name, type, [`${name}/length`])
  }

  /** The outputs of one of two graphs, which alone is computed. */
  either(condition: string, [then, otherwise]: readonly [Graph, Graph]): readonly string[] {
    const outputs = then.#outputs.map(({ name }) => `${name}/either`)
    this.add('If', {
      inputs: [condition],
      attributes: {
        then_branch: { graph: then.contents('then') },
        else_branch: { graph: otherwise.contents('else') },
      },
      outputs,
    })
    return outputs
  }

  cast(input: string, to: OnnxType): string {
    return this.add('Cast', { inputs: [input], attributes: { to: onnxTypes[to].id } })
  }

  contents(name: string): OnnxContents {
    return {
      name,
      inputs: this.#inputs,
      outputs: this.#outputs,
      nodes: this.#nodes,
      tensors: [...this.#tensors.values()],
    }
  }
}
