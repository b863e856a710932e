import { readFileSync } from 'node:fs'
import { NanoError, type Tool } from '@nano/core'
import { madeUpVocabulary, shapes, transformer } from '@nano/forge'
import { describe, expect, it } from 'vitest'
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
} from '../../../../test/shared/house-templates.ts'
import { sharedData } from '../../../../test/shared/shared-data.ts'
import { temporaryFolder } from '../../../../test/shared/temporary-folder.ts'
import { openLlamaCpp } from '../../src/index.ts'
import { writeModel } from './small-models.ts'

const folder = temporaryFolder()
const chatmlControls = ['<|endoftext|>', '<|im_start|>', '<|im_end|>']
let count = 0

interface ForgedTemplate {
  readonly template: string
  readonly toolTemplate?: string
  readonly controls?: readonly string[]
}

/** Opens a model with random weights and these templates. */
async function openWith({ template, toolTemplate, controls = chatmlControls }: ForgedTemplate) {
  const contents = transformer({
    shape: shapes.small,
    quantization: 'Q8_0',
    vocabulary: withControls(madeUpVocabulary(shapes.small.vocabularySize), controls),
    name: 'house',
    chatTemplate: template,
    deviation: 0.1,
  })
  const metadata = {
    ...(toolTemplate !== undefined && { 'tokenizer.chat_template.tool_use': toolTemplate }),
    ...contents.metadata,
    'tokenizer.ggml.add_bos_token': false,
  }
  count += 1
  return openLlamaCpp({
    model: await writeModel(folder, `house-${count}.gguf`, { ...contents, metadata }),
  })
}

const publishedTemplate = sharedData('templates/Qwen-Qwen2.5-7B-Instruct.jinja')
const skipReason = publishedTemplate.missing ? ` [${publishedTemplate.missing}]` : ''

describe('a GGUF with a template of the Hermes kind', () => {
  it("gives its makers' system prompt, and calls tools", async () => {
    await using model = await openWith({ template: hermesTemplate })
    expect((await model.render('hi')).text).toBe(
      `<|im_start|>system\n${houseSystem}<|im_end|>\n<|im_start|>user\nhi<|im_end|>\n` +
        '<|im_start|>assistant\n',
    )
    expect(model.capabilities.tools).toBe('forced')
    expectCalls(await model.generate(demandedCall))
  })

  it.skipIf(publishedTemplate.missing)(
    `Qwen2.5's published template gives its own system prompt, and calls tools${skipReason}`,
    async () => {
      await using model = await openWith({ template: readFileSync(publishedTemplate.path, 'utf8') })
      expect((await model.render('hi')).text).toBe(
        '<|im_start|>system\nYou are Qwen, created by Alibaba Cloud. You are a helpful ' +
          'assistant.<|im_end|>\n<|im_start|>user\nhi<|im_end|>\n<|im_start|>assistant\n',
      )
      expect((await model.render({ messages: 'hi', tools: [switchTool] })).text).toContain(
        '"name": "set_light"',
      )
      expectCalls(await model.generate(demandedCall))
    },
  )
})

describe('a GGUF whose marks of calls are control tokens', () => {
  it('gives a demanded call, and not its marks', async () => {
    await using model = await openWith({ template: markedTemplate, controls: markedControls })
    expectCalls(await model.generate(demandedCall))
  })

  it('ends a turn where its template does, whatever the file says', async () => {
    await using model = await openWith({ template: markedTemplate, controls: markedControls })
    const { tokens } = withControls(madeUpVocabulary(shapes.small.vocabularySize), markedControls)
    const end = tokens.indexOf('<|house_end|>')
    // Random weights say each of the tokens now and then.
    const replies = await Promise.all(
      Array.from({ length: 6 }, (_, seed) =>
        model.generate({
          messages: 'hi',
          sampling: { temperature: 2, topP: 1, topK: shapes.small.vocabularySize, seed },
          logprobs: 0,
          maxTokens: 1_500,
        }),
      ),
    )
    for (const { logprobs = [], usage } of replies) {
      const beforeLast = logprobs.slice(0, (usage.output ?? 0) - 1)
      expect(beforeLast.some(({ token }) => token === end)).toBe(false)
    }
  })
})

describe('a GGUF with a template of its own for tools', () => {
  const plainTemplate =
    '{% for message in messages %}<|im_start|>{{ message.content }}<|im_end|>{% endfor %}'

  it('writes conversations with tools with that one, and others with the other', async () => {
    await using model = await openWith({ template: plainTemplate, toolTemplate: hermesTemplate })
    expect((await model.render('hi')).text).toBe('<|im_start|>hi<|im_end|>')
    const tools: readonly Tool[] = [switchTool]
    const { text } = await model.render({ messages: 'hi', tools })
    expect(text).toContain(houseSystem)
    expect(text).toContain('"set_light"')
    expectCalls(await model.generate(demandedCall))
  })
})

describe('a GGUF with a foreign template', () => {
  it.each(hostileTemplates)('that %s is refused within a second', async (_what, template) => {
    await openWith({ template: hermesTemplate }).then((model) => model.close())
    const start = process.cpuUsage()
    const error: unknown = await openWith({ template }).catch((error: unknown) => error)
    const { user, system } = process.cpuUsage(start)
    expect(NanoError.is(error) && error).toMatchObject({
      code: 'unsupported',
      message: expect.stringMatching(/the chat template of house fails/) as string,
    })
    // Microseconds, with the forging of the file.
    expect(user + system).toBeLessThan(1_500_000)
  })
})
