import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  parseTemplate,
  TemplateFault,
  TemplateRefusal,
  TemplateSyntaxError,
} from '../../src/jinja/index.ts'

interface Probe {
  readonly template: string
  readonly variables?: Record<string, unknown>
  readonly output?: string
  readonly error?: string
}

const file = new URL('probe-results.json', import.meta.url)
const { probes }: { readonly probes: readonly Probe[] } = JSON.parse(readFileSync(file, 'utf8'))
const renderedProbes = probes.filter(({ error }) => error === undefined)
const failingProbes = probes.filter(({ error }) => error !== undefined)

function render({ template, variables = {} }: Probe): string {
  return parseTemplate(template)
    .render(variables)
    .map(({ text }) => text)
    .join('')
}

describe('a template', () => {
  it('is probed in more than a hundred ways', () => {
    expect(renderedProbes.length).toBeGreaterThan(100)
    expect(failingProbes.length).toBeGreaterThan(50)
  })

  it.each(renderedProbes)('renders as Jinja2 renders it: $template', (probe) => {
    expect(render(probe)).toBe(probe.output)
  })

  it.each(failingProbes)('fails as in Jinja2, with $error: $template', (probe) => {
    let error: unknown
    try {
      render(probe)
    } catch (caughtError) {
      error = caughtError
    }
    const isExpected =
      error instanceof TemplateFault ||
      error instanceof TemplateSyntaxError ||
      error instanceof TemplateRefusal
    expect(isExpected, String(error)).toBe(true)
  })
})
