// The suite and one question on real weights: NANO_MODEL names the GGUF, and the embedded model
// stands in where it does not.
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { conformance } from '@nano/core/conformance'
import { openLlamaCpp } from '@nano/llama-cpp'

const open = () => openLlamaCpp({ model: process.env['NANO_MODEL'] || 'tiny' })

await conformance(it, open)

await it('a question has its answer', async () => {
  const model = await open()
  try {
    const isThinker = model.capabilities.reasoning === 'optional'
    const { text, finishReason } = await model.generate({
      messages: 'What is 12 + 30?',
      ...(isThinker && { reasoning: 'on' as const }),
      sampling: { temperature: 0 },
      maxTokens: 1_024,
    })
    process.stdout.write(`${JSON.stringify(model.info)}\n`)
    assert.match(text, /42/)
    assert.equal(finishReason, 'stop')
  } finally {
    await model.close()
  }
})
