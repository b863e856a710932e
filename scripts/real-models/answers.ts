import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { RealRequest } from './requests.ts'
import { convert, pythonScript } from './convert.ts'
import { runStep } from './step.ts'

interface Questions {
  /** A Hugging Face folder. */
  readonly model: string
  readonly requests: readonly RealRequest[]
}

/**
 * Where the answers of transformers are kept: beside the model, under a name that other requests
 * or another program would change.
 */
export function answersPath({ model, requests }: Questions): string {
  const hash = createHash('sha256')
  hash.update(JSON.stringify(requests)).update(readFileSync(pythonScript('greedy.py')))
  const name = `${basename(model)}-answers-${hash.digest('hex').slice(0, 12)}`
  return join(dirname(model), name, 'answers.json')
}

/** Asks transformers the questions of the tests. */
export async function askTransformers(
  folder: string,
  { title, model, requests }: Questions & { readonly title: string },
): Promise<void> {
  await runStep({
    title: `Asking transformers ${requests.length} questions with ${title}`,
    output: dirname(answersPath({ model, requests })),
    async make(part) {
      mkdirSync(part)
      const questions = join(part, 'requests.json')
      writeFileSync(questions, JSON.stringify(requests))
      await convert(folder, 'greedy.py', [model, questions, join(part, 'answers.json')])
    },
  })
}
