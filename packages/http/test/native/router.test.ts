import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { gguf } from '@nano/tiny'
import { expect } from 'vitest'
import { temporaryFolder } from '../../../../test/shared/temporary-folder.ts'
import { openHttp } from '../../src/index.ts'
import { openModel } from '../open-model.ts'
import { startRouter } from './llama-router.ts'
import { itWithLlamaServer } from './llama-server.ts'

itWithLlamaServer('a real router serves each of its models by token ids', async () => {
  const models = temporaryFolder()
  copyFileSync(gguf.F16, join(models, 'alpha.gguf'))
  copyFileSync(gguf.Q8_0, join(models, 'beta.gguf'))
  const { url } = await startRouter(models)
  for (const [name, quantization] of [
    ['beta', 'Q8_0'],
    ['alpha', 'F16'],
  ] as const) {
    const model = await openModel({ url, model: name })
    expect(model.info).toMatchObject({ model: name, quantization, contextLength: 2_048 })
    expect(model.capabilities.controlTokensApart).toBe(true)
    const { text } = await model.generate({
      messages: 'What is 4812 + 977?',
      sampling: { temperature: 0 },
    })
    expect(text).toBe('5789')
  }
  await expect(openHttp({ url })).rejects.toMatchObject({ code: 'invalid-request' })
  await expect(openHttp({ url, model: 'alfa' })).rejects.toMatchObject({
    code: 'not-found',
    message: expect.stringMatching(/Did you mean "alpha"/) as string,
  })
})
