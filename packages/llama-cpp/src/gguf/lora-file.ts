import { resolve } from 'node:path'
import { NanoError } from '@nano/core'
import { type ModelFile, readGguf } from './model-file.ts'
import type { Runtime } from '../runtime.ts'

/** A LoRA adapter that fits its model. */
export interface Lora {
  readonly filePath: string
  readonly scale: number
  /** Bytes. */
  readonly size: number
}

/** An adapter by the name that requests give. */
type Asked = readonly [
  name: string,
  asked: string | { readonly path: string; readonly scale: number },
]

/**
 * Checks an adapter's header against the model's, before either is loaded: the runtime finds out
 * only when it makes a context. Throws `not-found`, or `bad-model` for what is no adapter, or one
 * for another model.
 */
export async function readLora(
  [name, asked]: Asked,
  model: ModelFile,
  runtime: Runtime,
): Promise<Lora> {
  const { path, scale } = typeof asked === 'string' ? { path: asked, scale: 1 } : asked
  const filePath = resolve(path)
  const { size, checked, header } = await readGguf(filePath, runtime)
  const bad = (why: string) =>
    new NanoError('bad-model', `llama-cpp: the LoRA adapter ${name} (${filePath}) ${why}`)
  const { general = { architecture: 'none' } } = header.metadata
  if (general.type !== 'adapter')
    throw bad(
      'is no adapter, but a model of its own. Open it as one, or give a GGUF that convert_lora_to_gguf wrote.',
    )
  if (general.architecture !== model.architecture)
    throw bad(
      `is for the architecture ${general.architecture}, and ${model.name} is of ${model.architecture}.`,
    )

  const [kind, alpha] = [
    checked.values.get('adapter.type'),
    checked.values.get('adapter.lora.alpha'),
  ]
  if (kind !== 'lora' || typeof alpha !== 'number' || !Number.isFinite(alpha))
    throw bad(
      'is broken, or no LoRA: its adapter.type or adapter.lora.alpha is missing. Get it again.',
    )

  const tensors = new Map(checked.tensors.map(({ name, dimensions }) => [name, dimensions]))
  for (const [tensor, dimensions] of tensors) {
    const [, base, side] = /^(.*)\.lora_([ab])$/.exec(tensor) ?? []
    const [width, height] = model.dimensions.get(base ?? '') ?? []
    // Of a matrix from `width` to `height`, a reads what comes in and b writes what goes out.
    const fits = side === 'a' ? dimensions[0] === width : dimensions[1] === height
    if (!fits)
      throw bad(
        `is for another model than ${model.name}: its ${tensor} has ${dimensions.join(' × ')}, and the model's ${base ?? 'tensor'} ${width === undefined ? 'is missing' : `${width} × ${String(height)}`}.`,
      )
    const other = tensors.get(`${base ?? ''}.lora_${side === 'a' ? 'b' : 'a'}`)
    if (other === undefined || (side === 'a' && other[0] !== dimensions[1]))
      throw bad(
        `is broken: its ${tensor} has ${dimensions.join(' × ')}, and what belongs to it ${other?.join(' × ') ?? 'is missing'}. Get it again.`,
      )
  }
  if (tensors.size === 0) throw bad('is broken: it has no tensors. Get it again.')
  return { filePath, scale, size }
}
