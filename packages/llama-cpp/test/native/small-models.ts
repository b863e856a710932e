import { join } from 'node:path'
import {
  type GgufContents,
  lora,
  madeUpVocabulary,
  shapes,
  transformer,
  writeGguf,
} from '@nano/forge'

/** The small shape with random weights, in a format we know by its name. */
export const smallModel = () =>
  transformer({
    shape: shapes.small,
    quantization: 'Q8_0',
    vocabulary: madeUpVocabulary(shapes.small.vocabularySize),
    name: 'Llama 3.1 Nemotron Nano 4B v1.1, small',
    deviation: 0.1,
  })

export const smallLora = (seed: number, deviation = 0.3) =>
  lora({ shape: shapes.small, rank: 8, targets: ['attn_q', 'attn_v', 'ffn_down'], seed, deviation })

export async function writeModel(
  folder: string,
  name: string,
  contents: GgufContents,
): Promise<string> {
  const path = join(folder, name)
  await writeGguf({ path, ...contents })
  return path
}
