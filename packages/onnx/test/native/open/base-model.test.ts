import { conformance } from '@nano/core/conformance'
import { describe, expect, it } from 'vitest'
import { isLongRun } from '../../../../../test/shared/long-run.ts'
import { openOnnx } from '../../../src/index.ts'
import { copyWith } from './broken-copies.ts'

const prompt = '1, 2, 3, 4,'

describe('an export without a chat template', async () => {
  const path = copyWith('untemplated', 'tokenizer_config.json', (text) =>
    JSON.stringify({ ...JSON.parse(text), chat_template: undefined }),
  )
  if (isLongRun) await conformance(it, () => openOnnx({ model: path }))
  else it.skip('holds the laws, as with its template [only in npm run test:long]', () => {})

  it('completes a text as the same model with a template does', async () => {
    await using base = await openOnnx({ model: path })
    await using tiny = await openOnnx({ model: 'tiny' })
    expect(base.info).not.toHaveProperty('format')
    const request = { prompt, maxTokens: 40, sampling: { temperature: 0 } }
    const [actual, expected] = [await base.generate(request), await tiny.generate(request)]
    expect(actual.text).toBe(expected.text)
    expect(actual.text).not.toBe('')
    await expect(base.generate('hi')).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining('generate({ prompt })') as string,
    })
  })
})
