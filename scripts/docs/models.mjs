// What nano reads out of chat templates, as tables.
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { fail, table } from './source.mjs'

/** Our own templates, one for each way to write tool calls. */
export async function syntaxTable(root) {
  const { callTemplates } = await loadChat(root, 'test/support/call-templates.ts')
  const readTemplate = await templateReader(root)
  return describeTemplates(
    callTemplates.map(({ name, template }) =>
      readTemplate({ name, template, bosToken: '', eosToken: '', controlTokens: [] }),
    ),
  )
}

/** Published templates; undefined where they do not lie beside the repository. */
export async function publishedTable(root) {
  const { missingTemplates, publishedTemplates } = await loadChat(
    root,
    'test/support/published-templates.ts',
  )
  if (missingTemplates) return undefined
  const readTemplate = await templateReader(root)
  return describeTemplates(
    publishedTemplates.map(({ name, options }) => ({ ...readTemplate(options), name })),
  )
}

function loadChat(root, path) {
  return import(pathToFileURL(join(root, 'packages/chat', path)).href)
}

/** Reads the format of a template, and the calls that it was made from. */
async function templateReader(root) {
  const { templateFormat } = await loadChat(root, 'src/index.ts')
  const { chatTemplate } = await loadChat(root, 'src/template/chat-template.ts')
  const { toProbeInput } = await loadChat(root, 'src/template/template-input.ts')
  const { findKnownCalls } = await loadChat(root, 'src/template/known-calls.ts')
  const { learnTemplate } = await loadChat(root, 'src/learn/learn-template.ts')

  return (options) => {
    const { variables, renderText } = chatTemplate({ now: () => new Date(0), ...options })
    const learnedTraits = learnTemplate({
      render: (messages, probe) => renderText(toProbeInput(messages, probe)),
      variables,
      template: options.template,
    })
    return {
      name: options.name,
      format: templateFormat(options),
      calls: learnedTraits.calls ?? findKnownCalls(options.template)?.calls,
      areCallsKnown: !learnedTraits.calls,
    }
  }
}

function describeTemplates(templates) {
  return table(
    ['template', 'switch', 'thought', 'tools', 'a call'],
    templates.map(({ name, format, calls, areCallsKnown }) => [
      name,
      describeSwitch(format.reasoning),
      format.reasoning ? inlineCode(`${format.reasoning.open}…${format.reasoning.close}`) : '–',
      describeTools(format, calls),
      calls ? inlineCode(writeCall(calls)) + (areCallsKnown ? ' (known)' : '') : '–',
    ]),
  )
}

function describeSwitch(reasoning) {
  if (!reasoning) return 'never reasons'
  if (!reasoning.switch) return 'always reasons'
  const { by, name, off } = reasoning.switch
  return inlineCode(by === 'system-line' ? off : name)
}

function describeTools({ splitToolCalls, callRule }, calls) {
  if (!splitToolCalls || !calls) return '–'
  const count = calls.separator === undefined ? ', one a reply' : ''
  return (callRule ? 'demanded' : 'offered') + count
}

/** One call of `look` in the place of the first, with line breaks as `⏎`. */
function writeCall({ textOpen = '', open, callOpen, callClose, close, body }) {
  const text = textOpen + open + callOpen + writeBody(body) + callClose + close
  return text.trim().replaceAll(/\s*\n\s*/g, '⏎')
}

function writeBody(body) {
  const slots = { name: 'look', arguments: '{…}', id: 'ID', index: '0' }
  const write = (pieces) =>
    pieces.map((piece) => (typeof piece === 'string' ? piece : slots[piece.slot])).join('')
  switch (body.type) {
    case 'json':
      return write(body.pieces ?? [`{"${body.nameKey}": "look", "${body.argumentsKey}": "{…}"}`])
    case 'named':
      return write(body.pieces)
    case 'parameters': {
      const { open, beforeText, close } = body.parameter
      return `look${body.afterName}${open}city${beforeText}Paris${close}`
    }
    case 'python':
      return 'look(city="Paris")'
    case 'gemma':
      return `look{city:${body.quote}Paris${body.quote}}`
    case 'channels':
      return 'to=functions.look…{…}'
    default:
      return fail(`no page says how calls of the type ${body.type} look`)
  }
}

/** Code that may hold backticks itself. */
function inlineCode(text) {
  const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length))
  const fence = '`'.repeat(longest + 1)
  return fence + text + fence
}
