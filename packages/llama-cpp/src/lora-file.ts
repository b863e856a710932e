import { resolve } from 'node:path'
import { NanoError } from '@nano/core'
import { assertGguf, type ModelFile } from './model-file.ts'
import type { Runtime } from './runtime.ts'

/** A LoRA adapter that fits its model. */
export interface Lora {
  readonly filePath: string
  readonly scale: number
}

/** An adapter by the name that requests give. */
type Asked = readonly [name: string, asked: string | { readonly path: string; readonly scale: number }]

/**
 * Checks an adapter's header against the model's, before either is loaded: the runtime finds out only when it makes a context.
 * Throws `not-found`, or `bad-model` for what is no adapter, or one for another model.
 */
export async function readLora([name, asked]: Asked, model: ModelFile, runtime: Runtime): Promise<Lora> {
  const { path, scale } = typeof asked === 'string' ? { path: asked, scale: 1 } : asked
  const filePath = resolve(path)
  await assertGguf(filePath)
  const bad = (why: string, cause?: unknown) => new NanoError('bad-model', `llama-cpp: the LoRA adapter ${name} (${filePath}) ${why}`, { cause })
  const header = await runtime.readGgufFileInfo(filePath, { sourceType: 'filesystem', logWarnings: false }).catch((cause: unknown) => {
    throw bad('is cut short or broken. Get it again.', cause)
  })
  const { general } = header.metadata
  if (general.type !== 'adapter') throw bad('is no adapter, but a model of its own. Open it as one, or give a GGUF that convert_lora_to_gguf wrote.')
  if (general.architecture !== model.architecture) throw bad(`is for the architecture ${general.architecture}, and ${model.name} is of ${model.architecture}.`)

  for (const { name: tensor = '', dimensions } of header.fullTensorInfo ?? []) {
    const [, base, side] = /^(.*)\.lora_([ab])$/.exec(tensor) ?? []
    const [width, height] = model.dimensions.get(base ?? '') ?? []
    // Of a matrix from `width` to `height`, a reads what comes in and b writes what goes out.
    const fits = side === 'a' ? Number(dimensions[0]) === width : Number(dimensions[1]) === height
    if (!fits) throw bad(`is for another model than ${model.name}: its ${tensor} has ${dimensions.join(' × ')}, and the model's ${base ?? 'tensor'} ${width === undefined ? 'is missing' : `${width} × ${String(height)}`}.`)
  }
  return { filePath, scale }
}
