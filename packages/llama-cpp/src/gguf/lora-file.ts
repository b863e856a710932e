import { resolve } from 'node:path'
import { NanoError } from '@nano/core'
import type { Runtime } from '../runtime.ts'
import { readGguf } from './gguf-file.ts'
import type { ModelFile } from './model-file.ts'
import type { GgufHeader } from './read-header.ts'

/** A LoRA adapter that fits its model. */
export interface LoraFile {
  readonly filePath: string
  readonly scale: number
  /** Bytes. */
  readonly size: number
}

interface LoraFileOptions {
  /** The name that requests give. */
  readonly name: string
  /** A path, or a path with the scale that the adapter is applied at. */
  readonly lora: string | { readonly path: string; readonly scale: number }
  readonly model: ModelFile
  readonly runtime: Runtime
}

/** Reads the adapters of a model, and gives them by the names that requests give. */
export async function readLoraFiles(
  loras: Readonly<Record<string, LoraFileOptions['lora']>>,
  { model, runtime }: Pick<LoraFileOptions, 'model' | 'runtime'>,
): Promise<ReadonlyMap<string, LoraFile>> {
  const files = new Map<string, LoraFile>()
  for (const [name, lora] of Object.entries(loras))
    files.set(name, await readLoraFile({ name, lora, model, runtime }))
  return files
}

/**
 * Compares the header of an adapter with that of its model before either is loaded: the runtime
 * finds out only when it opens a context. Throws `not-found`; `bad-model` for a file that is not an
 * adapter, or one of another model.
 */
async function readLoraFile({ name, lora, model, runtime }: LoraFileOptions): Promise<LoraFile> {
  const { path, scale } = typeof lora === 'string' ? { path: lora, scale: 1 } : lora
  const filePath = resolve(path)
  const { size, checkedHeader, header } = await readGguf(filePath, runtime)
  const fault: Fault = (reason) =>
    new NanoError('bad-model', `llama-cpp: the LoRA adapter ${name} (${filePath}) ${reason}`)
  const { general = { architecture: 'none' } } = header.metadata
  if (general.type !== 'adapter')
    throw fault(
      'is not an adapter but a model of its own. Open it as a model, or give a GGUF file that ' +
        'convert_lora_to_gguf wrote.',
    )
  if (general.architecture !== model.architecture)
    throw fault(
      `is for the architecture ${general.architecture}, and ${model.name} is of ` +
        `${model.architecture}.`,
    )
  const kind = checkedHeader.values.get('adapter.type')
  const alpha = checkedHeader.values.get('adapter.lora.alpha')
  if (kind !== 'lora' || typeof alpha !== 'number' || !Number.isFinite(alpha))
    throw fault(
      'is broken, or not a LoRA adapter: its adapter.type or adapter.lora.alpha is missing. ' +
        'Get it again.',
    )
  assertTensorsFit(checkedHeader, model, fault)
  return { filePath, scale, size }
}

type Fault = (reason: string) => NanoError

/**
 * An adapter changes a matrix from `width` to `height` by two: `lora_a` reads the input, and
 * `lora_b` writes the output.
 */
function assertTensorsFit(adapter: GgufHeader, model: ModelFile, fault: Fault): void {
  const tensors = new Map(adapter.tensors.map(({ name, dimensions }) => [name, dimensions]))
  if (tensors.size === 0) throw fault('is broken: it has no tensors. Get it again.')
  for (const [name, dimensions] of tensors) {
    const [, matrixName = '', side] = /^(.*)\.lora_([ab])$/.exec(name) ?? []
    const isInput = side === 'a'
    const [width, height] = model.dimensions.get(matrixName) ?? []
    const hasModelLength = isInput ? dimensions[0] === width : dimensions[1] === height
    if (!hasModelLength) {
      const expected = width === undefined ? 'is missing' : `${width} × ${String(height)}`
      throw fault(
        `is for another model than ${model.name}: its ${name} has ${dimensions.join(' × ')}, ` +
          `and the model's ${matrixName || 'tensor'} ${expected}.`,
      )
    }
    const counterpart = tensors.get(`${matrixName}.lora_${isInput ? 'b' : 'a'}`)
    if (counterpart === undefined || (isInput && counterpart[0] !== dimensions[1]))
      throw fault(
        `is broken: its ${name} has ${dimensions.join(' × ')}, and what belongs to it ` +
          `${counterpart?.join(' × ') ?? 'is missing'}. Get it again.`,
      )
  }
}
