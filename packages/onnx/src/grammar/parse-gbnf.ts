import { NanoError } from '@nano/core'
import { characterSet, unescapeText } from './character-set.ts'
import { choice, type Expression, type GrammarRules, sequence } from './expression.ts'

/** White space or a comment, a name or the start of a rule, a text, a set, a repetition, a sign. */
const tokenPattern = new RegExp(
  [
    String.raw`\s+|#[^\n]*|[a-zA-Z0-9-]+(?:\s*::=)?`,
    String.raw`"(?:[^"\\]|\\.)*"|\[(?:[^\]\\]|\\.)*\]`,
    String.raw`\{\d+(?:,\d*)?\}|[.?*+()|]`,
  ].join('|'),
  'gsy',
)

/** What stands between two parentheses, or is the body of a rule. */
interface Group {
  readonly options: Expression[]
  /** Of the last option. */
  parts: Expression[]
}

/**
 * Reads a grammar in GBNF. Throws `internal` for another text: grammars come from this project.
 * @see https://github.com/ggml-org/llama.cpp/blob/master/grammars/README.md
 */
export function parseGbnf(gbnf: string): GrammarRules {
  const rules = new Map<string, Expression>()
  const usedNames = new Set<string>(['root'])
  /** Each set once: a grammar has few, in many places. */
  const sets = new Map<string, Expression>()
  const encoder = new TextEncoder()
  let ruleName: string | undefined
  /** The open groups, the innermost last. */
  let groups: Group[] = []

  function closeGroup(): Expression {
    const { options = [], parts = [] } = groups.pop() ?? {}
    return choice([...options, sequence(parts)])
  }

  function closeRule(): void {
    if (groups.length > 1) throw syntaxError('a parenthesis is not closed')
    if (ruleName !== undefined) rules.set(ruleName, closeGroup())
  }

  function findSet(source: string): Expression {
    const set = sets.get(source) ?? characterSet(source)
    sets.set(source, set)
    return set
  }

  /** What a token stands for by itself; nothing for a sign. */
  function readOperand(token: string): Expression | undefined {
    if (token.startsWith('"'))
      return { type: 'text', bytes: encoder.encode(unescapeText(token.slice(1, -1))) }
    if (token.startsWith('[')) return findSet(token.slice(1, -1))
    if (token === '.') return findSet('^')
    if (!/^[a-zA-Z0-9-]/.test(token)) return undefined
    usedNames.add(token)
    return { type: 'rule', name: token }
  }

  function readToken(token: string): void {
    if (token.endsWith('::=')) {
      closeRule()
      ruleName = token.slice(0, -'::='.length).trim()
      groups = [{ options: [], parts: [] }]
      return
    }
    const group = groups.at(-1)
    if (!group) throw syntaxError(`${token} stands outside of a rule`)
    const operand = readOperand(token)
    if (operand) group.parts.push(operand)
    else if (token === '(') groups.push({ options: [], parts: [] })
    else if (token === ')') {
      const expression = closeGroup()
      const outerGroup = groups.at(-1)
      if (!outerGroup) throw syntaxError('a parenthesis is closed that is not open')
      outerGroup.parts.push(expression)
    } else if (token === '|') {
      group.options.push(sequence(group.parts))
      group.parts = []
    } else {
      const body = group.parts.pop()
      if (!body) throw syntaxError(`nothing stands before ${token}`)
      group.parts.push({ type: 'repetition', body, ...readCounts(token) })
    }
  }

  let end = 0
  for (const [token] of gbnf.matchAll(tokenPattern)) {
    end += token.length
    if (!/^[\s#]/.test(token)) readToken(token)
  }
  if (end < gbnf.length) throw syntaxError(`it has no meaning from ${gbnf.slice(end, end + 20)} on`)
  closeRule()
  for (const name of usedNames) if (!rules.has(name)) throw syntaxError(`it has no rule ${name}`)
  return rules
}

const marks: Readonly<Record<string, { readonly min: number; readonly max: number }>> = {
  '?': { min: 0, max: 1 },
  '*': { min: 0, max: Infinity },
  '+': { min: 1, max: Infinity },
}

/** `{3}`, `{3,}` or `{3,5}`, or one of the marks. */
function readCounts(token: string): { readonly min: number; readonly max: number } {
  const [min, max] = token.slice(1, -1).split(',')
  const least = Number(min)
  return (
    marks[token] ?? { min: least, max: max === undefined ? least : max ? Number(max) : Infinity }
  )
}

function syntaxError(reason: string): NanoError {
  return new NanoError('internal', `onnx: a grammar cannot be read: ${reason}`)
}
