import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { isLongRun } from '../../../../test/shared/long-run.ts'
import { openOnnx } from '../../src/index.ts'

const run = promisify(execFile)
const longPrompt = 'What is 12 + 30? '.repeat(60)

/** Runs a program in a process of its own. */
async function runProgram(
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

describe('a process', () => {
  it.each(isLongRun ? [0, 3, 7, 13, 19, 31] : [13])(
    'that exits %i ms into a reply exits with its code, and does not abort',
    async (delay) => {
      expect(
        await runProgram(`
      const model = await openOnnx({ model: 'tiny' })
      model.generate({ messages: ${JSON.stringify(longPrompt)}, reasoning: 'on' }).catch(() => {})
      setTimeout(() => process.exit(7), ${delay})`),
      ).toEqual({ code: 7, stderr: '' })
    },
  )
  it.each(isLongRun ? [0, 60, 120, 180, 240] : [120])(
    'that exits %i ms into loading does the same',
    async (delay) => {
      expect(
        await runProgram(`
      openOnnx({ model: 'tiny' }).catch(() => {})
      setTimeout(() => process.exit(7), ${delay})`),
      ).toEqual({ code: 7, stderr: '' })
    },
  )
  it('with an uncaught error reports that error', async () => {
    const { code, stderr } = await runProgram(`
      const model = await openOnnx({ model: 'tiny' })
      model.generate({ messages: ${JSON.stringify(longPrompt)}, reasoning: 'on' }).catch(() => {})
      setTimeout(() => { throw new Error('mine') }, 5)`)
    expect(code).toBe(1)
    expect(stderr).toContain('Error: mine')
  })
  it('ends although a model is open', async () => {
    expect(
      await runProgram(
        `const model = await openOnnx({ model: 'tiny' })
        await model.generate({ messages: 'hi', maxTokens: 2 })`,
      ),
    ).toEqual({ code: 0, stderr: '' })
  })
})

it('a model closes with one request running and one waiting; another model continues', async () => {
  const [model, other] = [await openOnnx({ model: 'tiny' }), await openOnnx({ model: 'tiny' })]
  const replies = [1, 2].map(() =>
    model.generate({ messages: longPrompt, reasoning: 'on' }).then(
      () => 'a reply',
      ({ code }: { code: string }) => code,
    ),
  )
  const otherReply = other.generate({
    messages: 'What is 12 + 30?',
    reasoning: 'on',
    sampling: { temperature: 0 },
  })
  await new Promise((resolve) => setTimeout(resolve, 10))
  await model.close()
  expect(await Promise.all(replies)).toEqual(['closed', 'closed'])
  expect(await otherReply).toMatchObject({ text: '42' })
  await other.close()
})
