import { join } from 'node:path'
import { realFolder } from '../../scripts/real-models/cache-folder.ts'
import { pythonOf } from '../../scripts/real-models/environments.ts'
import { runProgram, runStep } from '../../scripts/real-models/step.ts'

/** Lays out an export of onnxruntime-genai's builder as transformers.js reads it, once. */
export async function layOutForTransformersJs(folder: string): Promise<string> {
  const output = `${folder}-transformers-js`
  const script = join(import.meta.dirname, 'transformers_js_layout.py')
  await runStep({
    title: 'Laying out an export for transformers.js',
    output,
    make: (part) => runProgram(pythonOf(realFolder(), 'transformers'), [script, folder, part], {}),
  })
  return output
}
