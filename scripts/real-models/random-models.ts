import { join } from 'node:path'
import { randomRequests } from './requests.ts'
import { answersPath, askTransformers } from './answers.ts'
import { convert, exportWithBuilder, exportWithOptimum } from './convert.ts'
import { runStep } from './step.ts'

/** Architectures, and the precisions in which onnxruntime-genai's builder exports them whole. */
export const architectures = {
  llama: ['fp32', 'fp16', 'int4'],
  qwen2: ['fp32', 'fp16', 'int4'],
  qwen3: ['fp32', 'fp16', 'int4'],
  granite: ['fp32', 'fp16', 'int4'],
  gemma: ['fp32', 'fp16', 'int4'],
  gemma2: ['fp32', 'int4'],
  smollm3: ['fp32', 'int4'],
  mistral: ['fp32'],
  phi3: ['fp32'],
  'phi3-long': ['fp32'],
  'gpt-oss': ['fp32'],
  gemma3: [],
} as const

/** Architectures of which the builder's fp16 for the CPU lacks windows or positions. */
export const incompleteInFp16: readonly string[] = ['gemma2', 'smollm3', 'mistral']

/** Makes tiny models with random weights, exports them, and asks peers for their replies. */
export async function makeRandomModels(folder: string): Promise<void> {
  const path = (...names: readonly string[]) => join(folder, 'random', ...names)
  await runStep({
    title: 'Writing tiny models with random weights',
    output: path('hf'),
    make: (part) => convert(folder, 'random_folders.py', [join(folder, 'smollm2/hf'), part]),
  })
  for (const [name, precisions] of Object.entries(architectures)) {
    const model = path('hf', name)
    await askTransformers(folder, { title: name, model, requests: randomRequests })
    await exportWithOptimum(folder, { model, output: path('optimum', name) })
    const refusedPrecisions = incompleteInFp16.includes(name) ? ['fp16'] : []
    for (const precision of [...precisions, ...refusedPrecisions]) {
      const output = path(`builder-${precision}`, name)
      await exportWithBuilder(folder, { model, output, precision })
      if (precision !== 'int4') continue
      const answers = answersPath({ model, requests: randomRequests })
      await runStep({
        title: `Asking onnxruntime-genai for the replies of ${name}`,
        output: `${output}-answers.json`,
        make: (part) => convert(folder, 'genai_greedy.py', [output, answers, part]),
      })
    }
  }
}
