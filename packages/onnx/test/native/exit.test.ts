import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { openOnnx } from '../../src/index.ts'

const run = promisify(execFile)
const long = 'What is 12 + 30? '.repeat(60)

/**
 * Exits a process with code 7 some milliseconds after it began to read a long prompt, and gives how
 * it ended.
 */
async function exitOf(
  source: string,
): Promise<{ readonly code: unknown; readonly stderr: string }> {
  const program = `
    import { openOnnx } from ${JSON.stringify(new URL('../../src/index.ts', import.meta.url).href)}
    ${source}`
  return run(process.execPath, [
    '--conditions=@nano/source',
    '--no-warnings',
    '--input-type=module-typescript',
    '--eval',
    program,
  ]).then(
    ({ stderr }) => ({ code: 0, stderr }),
    ({ code, stderr }: { code: unknown; stderr: string }) => ({ code, stderr }),
  )
}

describe('a process that leaves', () => {
  it.each([0, 3, 7, 13, 19, 31])(
    '%i ms into a reply exits with its own code, and does not abort',
    async (delay) => {
      expect(
        await exitOf(`
      const model = await openOnnx({ model: 'tiny' })
      model.generate({ messages: ${JSON.stringify(long)}, reasoning: 'on' }).catch(() => {})
      setTimeout(() => process.exit(7), ${delay})`),
      ).toEqual({ code: 7, stderr: '' })
    },
  )
  it.each([0, 60, 120, 180, 240])('%i ms into the loading does the same', async (delay) => {
    expect(
      await exitOf(`
      openOnnx({ model: 'tiny' }).catch(() => {})
      setTimeout(() => process.exit(7), ${delay})`),
    ).toEqual({ code: 7, stderr: '' })
  })
  it('with an error nobody catches says that error', async () => {
    const { code, stderr } = await exitOf(`
      const model = await openOnnx({ model: 'tiny' })
      model.generate({ messages: ${JSON.stringify(long)}, reasoning: 'on' }).catch(() => {})
      setTimeout(() => { throw new Error('mine') }, 5)`)
    expect(code).toBe(1)
    expect(stderr).toContain('Error: mine')
  })
  it('is not kept from ending by a model that is open and does nothing', async () => {
    expect(
      await exitOf(
        "const model = await openOnnx({ model: 'tiny' }); await model.generate({ messages: 'hi', maxTokens: 2 })",
      ),
    ).toEqual({ code: 0, stderr: '' })
  })
})

it('a model closes while a reply is being made, and while one waits, and another goes on', async () => {
  const [model, other] = [await openOnnx({ model: 'tiny' }), await openOnnx({ model: 'tiny' })]
  const replies = [1, 2].map(() =>
    model.generate({ messages: long, reasoning: 'on' }).then(
      () => 'a reply',
      ({ code }: { code: string }) => code,
    ),
  )
  const others = other.generate({
    messages: 'What is 12 + 30?',
    reasoning: 'on',
    sampling: { temperature: 0 },
  })
  await new Promise((resolve) => setTimeout(resolve, 10))
  await model.close()
  expect(await Promise.all(replies)).toEqual(['closed', 'closed'])
  expect(await others).toMatchObject({ text: '42' })
  await other.close()
})
