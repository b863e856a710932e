import { copyFileSync, readFileSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { gguf, onnx } from '@nano/tiny'
import { describe, expect, it } from 'vitest'
import { isLongRun } from '../../../../../test/shared/long-run.ts'
import { openOnnx } from '../../../src/index.ts'
import {
  copyModel,
  copyWith,
  copyWithClassifier,
  copyWithOpset,
  copyWithout,
  folder,
  makeFolder,
  openError,
} from './broken-copies.ts'

/** How much of a file is left. */
const cutShares = isLongRun
  ? [0, 0.0001, 0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99, 0.9999]
  : [0, 0.01, 0.5, 0.9999]

describe('openOnnx', () => {
  it.each<
    [what: string, makeFolder: () => string | Promise<string>, code: string, message: RegExp]
  >([
    ['a folder that is missing', () => join(folder, 'nowhere'), 'not-found', /nowhere.*'tiny'/],
    [
      'an empty folder',
      () => makeFolder('empty'),
      'bad-model',
      /neither .* nor its folder onnx has an \.onnx file/,
    ],
    [
      'a GGUF file',
      () => gguf.F16,
      'bad-model',
      /neither a folder nor an \.onnx file.*@nano\/llama-cpp/,
    ],
    [
      'a folder without a tokenizer',
      () => copyWithout('untokenized', 'tokenizer.json'),
      'bad-model',
      /no tokenizer\.json/,
    ],
    [
      'a tokenizer.json that is cut short',
      () => copyWith('cut-tokenizer', 'tokenizer.json', (text) => text.slice(0, 5_000)),
      'bad-model',
      /tokenizer\.json.*cut short/s,
    ],
    [
      'a tokenizer.json without a vocabulary',
      () => copyWith('no-tokenizer', 'tokenizer.json', () => '{"version": "1.0"}'),
      'bad-model',
      /tokenizer\.json.*no vocabulary/,
    ],
    [
      'a tokenizer of another kind',
      () => copyWith('pieces', 'tokenizer.json', (text) => text.replace('"BPE"', '"WordPiece"')),
      'unsupported',
      /"WordPiece"/,
    ],
    [
      'the vocabulary of another model',
      () =>
        copyWith('other-vocabulary', 'tokenizer.json', (text) =>
          text.replace(
            '"added_tokens":[',
            '"added_tokens":[{"id":4000,"content":"<|more|>","special":true},',
          ),
        ),
      'bad-model',
      /640.*4001.*belong to two models/,
    ],
    [
      'a classifier of pictures',
      copyWithClassifier,
      'bad-model',
      /not a language model: it takes pixels and returns labels/,
    ],
    [
      'missing weights',
      () => copyWithout('no-weights', 'onnx/model.onnx_data'),
      'bad-model',
      /has its weights in a file beside it/,
    ],
    [
      'an opset unknown to the runtime',
      () => copyWithOpset(99),
      'unsupported',
      /version of ONNX.*newer/,
    ],
  ])('refuses %s with advice', async (_what, makeFolder, code, message) => {
    const error = await openError({ model: await makeFolder() })
    expect(error.message).toMatch(message)
    expect(error.code).toBe(code)
  })

  it.each(['onnx/model.onnx', 'onnx/model.onnx_data'])(
    'reports bad-model wherever %s is cut, and other models keep working',
    async (file) => {
      const secondModel = await openOnnx({ model: 'tiny' })
      const wholeLength = readFileSync(join(onnx.transformers, file)).length
      const path = copyModel(`cut-${file.replaceAll('/', '-')}`)
      for (const share of cutShares) {
        copyFileSync(join(onnx.transformers, file), join(path, file))
        truncateSync(join(path, file), Math.floor(wholeLength * share))
        expect(await openError({ model: path }), `${share} of the file`).toMatchObject({
          code: 'bad-model',
        })
      }
      expect(
        await secondModel.generate({
          messages: 'What is 12 + 30?',
          reasoning: 'on',
          sampling: { temperature: 0 },
        }),
      ).toMatchObject({ text: '42' })
      await secondModel.close()
    },
  )
})
