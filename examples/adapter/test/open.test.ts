import { expect, it } from 'vitest'
import { type MarkovOptions, openMarkov } from '../src/index.ts'

it('continues a text as it has seen it continued', async () => {
  const model = await openMarkov({ text: 'No.' })
  expect(await model.generate('Well?')).toMatchObject({ text: 'No.', finishReason: 'stop' })
  expect(await model.tokenize('<|im_end|>')).toHaveLength(10)
})

it('refuses an empty text', async () => {
  const options: MarkovOptions = { text: '\n' }
  await expect(openMarkov(options)).rejects.toMatchObject({ code: 'bad-model' })
})
