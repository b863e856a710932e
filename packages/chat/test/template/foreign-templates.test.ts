import { NanoError } from '@nano/core'
import { describe, expect, it } from 'vitest'
import { templateFormat } from '../../src/index.ts'
import { callTemplates } from '../support/call-templates.ts'

const question = '{% for message in messages %}{{ message.content }}{% endfor %}'

function attempt(template: string): unknown {
  try {
    return templateFormat({ name: 'foreign', template, controlTokens: [] })
  } catch (error) {
    return error
  }
}

/** Milliseconds of this process, which other work on the machine does not lengthen. */
function measureCpu(work: () => void): number {
  const start = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(start)
  return (user + system) / 1_000
}

describe('a template in a model file', () => {
  it.each([
    [
      'loops for ever',
      '{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}',
    ],
    ['writes gigabytes', "{{ 'a' * 4000000000 }}"],
    ['calls itself', '{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}'],
    ['is long', `${' '.repeat(300_000)}`],
  ])('that %s is refused at once, with advice', (_what, template) => {
    let error: unknown
    expect(measureCpu(() => (error = attempt(question + template)))).toBeLessThan(1_000)
    expect(NanoError.is(error) && error).toMatchObject({
      code: 'unsupported',
      message: expect.stringMatching(
        /^the chat template of foreign .*another format\.$/s,
      ) as string,
    })
  })

  it.each(['__proto__', 'constructor', 'prototype'])('that reaches for %s gets nothing', (name) => {
    const format = templateFormat({
      name: 'foreign',
      template: `${question}{{ messages.${name} }}{{ messages[0]['${name}'] }}`,
      controlTokens: [],
    })
    const conversation = {
      messages: [{ role: 'user', content: 'hi' }],
      reasoning: 'off',
      tools: [],
    } as const
    expect(format.render(conversation)).toEqual([{ text: 'hi' }])
  })

  it('that calls what it reaches for fails, and says so', () => {
    const format = templateFormat({
      name: 'foreign',
      template: "{{ ''.constructor.constructor('return process')() }}",
      controlTokens: [],
    })
    expect(() =>
      format.render({ messages: [{ role: 'user', content: 'hi' }], reasoning: 'off', tools: [] }),
    ).toThrow(/the chat template of foreign fails/)
  })

  it('is learned in milliseconds', () => {
    const options = callTemplates.map(({ name, template }) => ({
      name,
      template,
      controlTokens: [],
    }))
    for (const option of options) templateFormat(option)
    const times = options
      .map((option) => measureCpu(() => templateFormat(option)))
      .toSorted((a, b) => a - b)
    // About 2 ms each on a free machine.
    expect(times[Math.floor(times.length / 2)]).toBeLessThan(20)
  })
})
