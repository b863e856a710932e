import { cpSync, existsSync, mkdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { pythonOf } from './environments.ts'
import { runProgram, runStep } from './step.ts'

const scripts = fileURLToPath(new URL('python/', import.meta.url))
const environment = {
  HF_HUB_OFFLINE: '1',
  HF_HUB_DISABLE_TELEMETRY: '1',
  TOKENIZERS_PARALLELISM: 'false',
}

/** The path of one of the programs in the folder `python`. */
export function pythonScript(name: string): string {
  return join(scripts, name)
}

/** Runs one of the programs in the folder `python`. */
export function convert(folder: string, script: string, args: readonly string[]): Promise<void> {
  const python = pythonOf(folder, 'transformers')
  return runProgram(python, [pythonScript(script), ...args], { environment })
}

interface ExportOptions {
  /** A Hugging Face folder. */
  readonly model: string
  readonly output: string
}

/** Exports a model with the model builder of onnxruntime-genai. */
export async function exportWithBuilder(
  folder: string,
  { model, output, precision }: ExportOptions & { readonly precision: string },
): Promise<void> {
  const python = pythonOf(folder, 'transformers')
  const builder = ['-m', 'onnxruntime_genai.models.builder', '-e', 'cpu', '-p', precision]
  await runStep({
    title: `Exporting ${basename(model)} with onnxruntime-genai in ${precision}`,
    output,
    async make(part) {
      const cache = join(folder, 'builder-cache')
      mkdirSync(cache, { recursive: true })
      const args = [...builder, '-m', model, '-o', part, '-c', cache]
      await runProgram(python, args, { environment })
    },
  })
}

/** Exports a model with optimum, and puts the tokenizer beside it, which optimum can leave out. */
export async function exportWithOptimum(
  folder: string,
  { model, output }: ExportOptions,
): Promise<void> {
  const python = pythonOf(folder, 'optimum')
  const main = 'from optimum.commands.optimum_cli import main; main()'
  const task = ['export', 'onnx', '--task', 'text-generation-with-past']
  await runStep({
    title: `Exporting ${basename(model)} with optimum`,
    output,
    async make(part) {
      await runProgram(python, ['-c', main, ...task, '-m', model, part], { environment })
      for (const name of ['tokenizer.json', 'tokenizer_config.json', 'chat_template.jinja'])
        if (existsSync(join(model, name))) cpSync(join(model, name), join(part, name))
    },
  })
}
