import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { NanoError } from '@nano/core'
import { madeUpVocabulary, shapes } from '@nano/forge'
import { writeOnnxFolder } from '@nano/forge/onnx'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  demandedCall,
  expectCalls,
  hermesTemplate,
  hostileTemplates,
  houseSystem,
  markedControls,
  markedTemplate,
  switchTool,
  withControls,
} from '../../../../../test/shared/house-templates.ts'
import { temporaryFolder } from '../../../../../test/shared/temporary-folder.ts'
import { openOnnx } from '../../../src/index.ts'

const folder = temporaryFolder()
const chatmlFolder = join(folder, 'chatml')
const markedFolder = join(folder, 'marked')
const plainTemplate =
  '{% for message in messages %}<|im_start|>{{ message.content }}<|im_end|>{% endfor %}'
const prompt =
  `<|im_start|>system\n${houseSystem}<|im_end|>\n<|im_start|>user\nhi<|im_end|>\n` +
  '<|im_start|>assistant\n'
beforeAll(async () => {
  await writeModel(chatmlFolder, ['<|endoftext|>', '<|im_start|>', '<|im_end|>'])
  await writeModel(markedFolder, markedControls)
})

async function writeModel(path: string, controls: readonly string[]): Promise<void> {
  const shape = shapes.small
  await writeOnnxFolder({
    folder: path,
    layout: 'transformers',
    shape,
    precision: 'fp32',
    vocabulary: withControls(madeUpVocabulary(shape.vocabularySize), controls),
    deviation: 0.1,
  })
}

/** Opens a folder whose `tokenizer_config.json` has this template, or these by name. */
async function openWith(path: string, chatTemplate: unknown) {
  const file = join(path, 'tokenizer_config.json')
  const config = JSON.parse(await readFile(file, 'utf8')) as object
  await writeFile(file, JSON.stringify({ ...config, chat_template: chatTemplate }))
  return openOnnx({ model: path })
}

describe('an export with a template of the Hermes kind', () => {
  it("gives its makers' system prompt, and calls tools", async () => {
    await using model = await openWith(chatmlFolder, hermesTemplate)
    expect((await model.render('hi')).text).toContain(prompt)
    expect(model.capabilities.tools).toBe('forced')
    expectCalls(await model.generate(demandedCall))
  })

  it('in a file of its own is read from there', async () => {
    const file = join(chatmlFolder, 'chat_template.jinja')
    await writeFile(file, hermesTemplate)
    await using model = await openWith(chatmlFolder, undefined)
    expect((await model.render('hi')).text).toContain(prompt)
    await writeFile(file, plainTemplate)
    await using changedModel = await openOnnx({ model: chatmlFolder })
    expect((await changedModel.render('hi')).text).not.toContain(houseSystem)
  })
})

it("chat_template.json is read where the tokenizer's config has no template", async () => {
  const path = join(folder, 'processor')
  await writeModel(path, ['<|endoftext|>', '<|im_start|>', '<|im_end|>'])
  const file = join(path, 'chat_template.json')
  await writeFile(file, JSON.stringify({ chat_template: hermesTemplate }))
  await using model = await openWith(path, undefined)
  expect((await model.render('hi')).text).toContain(prompt)
  await using otherModel = await openWith(path, plainTemplate)
  expect((await otherModel.render('hi')).text).not.toContain(houseSystem)
})

describe('an export with a template of its own for tools', () => {
  const namedTemplates = [
    { name: 'default', template: plainTemplate },
    { name: 'rag', template: '{{ documents }}' },
    { name: 'tool_use', template: hermesTemplate },
  ]

  it('writes conversations with tools with that one, and others with the other', async () => {
    const path = join(folder, 'named')
    await writeModel(path, ['<|endoftext|>', '<|im_start|>', '<|im_end|>'])
    await using model = await openWith(path, namedTemplates)
    expect((await model.render('hi')).text).not.toContain(houseSystem)
    expect((await model.render({ messages: 'hi', tools: [switchTool] })).text).toContain(
      houseSystem,
    )
    expectCalls(await model.generate(demandedCall))
  })

  it('finds it in its folder too', async () => {
    const additional = join(chatmlFolder, 'additional_chat_templates')
    await mkdir(additional, { recursive: true })
    await writeFile(join(chatmlFolder, 'chat_template.jinja'), plainTemplate)
    await writeFile(join(additional, 'tool_use.jinja'), hermesTemplate)
    await using model = await openOnnx({ model: chatmlFolder })
    expect((await model.render('hi')).text).not.toContain(houseSystem)
    expect((await model.render({ messages: 'hi', tools: [switchTool] })).text).toContain(
      houseSystem,
    )
  })
})

describe('an export whose marks of calls are control tokens', () => {
  it('gives a demanded call, and not its marks', async () => {
    await using model = await openWith(markedFolder, markedTemplate)
    expectCalls(await model.generate(demandedCall))
  })

  it('ends a turn where its template does, whatever the configs say', async () => {
    await using model = await openWith(markedFolder, markedTemplate)
    const { tokens } = withControls(madeUpVocabulary(shapes.small.vocabularySize), markedControls)
    const end = tokens.indexOf('<|house_end|>')
    for (let seed = 0; seed < 6; seed++) {
      const { logprobs = [], usage } = await model.generate({
        messages: 'hi',
        sampling: { temperature: 2, topP: 1, topK: shapes.small.vocabularySize, seed },
        logprobs: 0,
        maxTokens: 1_500,
      })
      const beforeLast = logprobs.slice(0, (usage.output ?? 0) - 1)
      expect(beforeLast.some(({ token }) => token === end)).toBe(false)
    }
  })
})

describe('an export with a foreign template', () => {
  it.each(hostileTemplates)('that %s is refused within a second', async (_what, template) => {
    const start = process.cpuUsage()
    const error: unknown = await openWith(markedFolder, template).catch((error: unknown) => error)
    const { user, system } = process.cpuUsage(start)
    expect(NanoError.is(error) && error).toMatchObject({
      code: 'unsupported',
      message: expect.stringMatching(/the chat template of .* fails/) as string,
    })
    // Microseconds.
    expect(user + system).toBeLessThan(1_000_000)
  })
})
