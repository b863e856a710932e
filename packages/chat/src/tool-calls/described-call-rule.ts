import type { Tool } from '@nano/core'
import { type Steps, validator } from '@nano/core/driver'
import { textUpTo } from '../grammar/free-text.ts'
import { either, type GrammarBuilder, literal, repeat } from '../grammar/grammar-builder.ts'
import { schemaError } from '../grammar/schema-error.ts'
import { schemaRuleSteps } from '../grammar/schema-rule.ts'
import { allowsText } from './argument-value.ts'
import type { CallDescription, CallPiece, ParametersBody } from './call-description.ts'
import { otherParameter } from './other-parameter.ts'
import { listParameters, type ParameterList } from './parameter-schemas.ts'

/** The rule for one or more calls to some of `tools`, as a family writes them. */
export type CallRule = (grammar: GrammarBuilder, tools: readonly Tool[]) => Steps<string>

/** The rule for calls as a description tells them; undefined where no grammar can say them. */
export function describedCallRule(description: CallDescription): CallRule | undefined {
  const { textOpen = '', open, close, callOpen, callClose, separator, body } = description
  const pieces = body.type === 'json' || body.type === 'named' ? body.pieces : undefined
  if (!pieces && body.type !== 'parameters') return undefined
  return function* (grammar, tools) {
    const calls: string[] = []
    for (const tool of tools)
      calls.push(
        body.type === 'parameters'
          ? yield* parametersRule(grammar, tool, body)
          : yield* piecesRule(grammar, tool, pieces ?? []),
      )
    const anyCall = grammar.addRule('call', () => either(...calls))
    const call = `${literal(callOpen)} ${anyCall} ${literal(callClose)}`
    const furtherCalls =
      separator === undefined
        ? ''
        : repeat(grammar, `${literal(separator)} ${call}`, { min: 0, max: maxCalls - 1 })
    return `${literal((textOpen + open).trimStart())} ${call} ${furtherCalls} ${literal(close)}`
  }
}

/** The most calls in a reply that has to have some. */
const maxCalls = 8

function* piecesRule(
  grammar: GrammarBuilder,
  tool: Tool,
  pieces: readonly CallPiece[],
): Steps<string> {
  const rules: string[] = []
  for (const piece of pieces) {
    if (typeof piece === 'string') rules.push(literal(piece))
    else if (piece.slot === 'name') rules.push(literal(tool.name))
    else if (piece.slot === 'arguments')
      rules.push(yield* schemaRuleSteps(grammar, withObjectType(tool.parameters)))
    else
      rules.push(piece.slot === 'index' ? '[0-9]' : grammar.addRule('id', () => '[0-9A-Za-z_-]{9}'))
  }
  return rules.join(' ')
}

/** Parameters are an object, also where the schema neither says so nor refers to other schemas. */
function withObjectType(parameters: Tool['parameters']): unknown {
  return ['$ref', 'anyOf', 'oneOf', 'allOf'].some((keyword) => parameters[keyword] !== undefined)
    ? parameters
    : { type: 'object', ...parameters }
}

/** The name and the parameters, in one of the ways that the schema of the tool allows. */
function* parametersRule(
  grammar: GrammarBuilder,
  { name, parameters }: Tool,
  body: ParametersBody,
): Steps<string> {
  const lists = listParameters(parameters)
  if (lists.length === 0)
    throw schemaError('invalid-request', name, 'has a reference to nothing in the schema')
  const values: string[] = []
  for (const list of lists)
    values.push(yield* parameterListRule(grammar, { list, root: parameters, body }))
  return `${literal(name + body.afterName)} ${either(...values)}`
}

interface ParameterListOptions {
  readonly list: ParameterList
  /** The schema of the tool, in which references are looked up. */
  readonly root: unknown
  readonly body: ParametersBody
}

function* parameterListRule(
  grammar: GrammarBuilder,
  { list: { schemas, required, others }, root, body }: ParameterListOptions,
): Steps<string> {
  const { open, beforeText, beforeValue, hasPythonWords, close, separator } = body.parameter
  const findFaults = validator(root)

  function* valueRule(schema: unknown): Steps<string> {
    const json = yield* schemaRuleSteps(grammar, schema, { definitions: root })
    if (!hasPythonWords) return json
    const allowedWords = pythonWords.filter(([value]) => findFaults(value, schema).length === 0)
    return either(json, ...allowedWords.map(([, word]) => literal(word)))
  }

  function* parameterRule(key: string, schema: unknown): Steps<string> {
    const isText = allowsText({ schema, root })
    const value = isText
      ? textUpTo(grammar, 'parameter', close)
      : `${yield* valueRule(schema)} ${literal(close)}`
    const after = separator ? ` ${literal(separator)}` : ''
    return `${literal(open)} ${key} ${literal(isText ? beforeText : beforeValue)} ${value}${after}`
  }

  const allowsOthers = others !== undefined && others !== false
  const names = [...new Set([...Object.keys(schemas), ...required.map(String)])]
  const rules: string[] = []
  for (const key of names) {
    yield
    const rule = yield* parameterRule(literal(key), schemas[key] ?? others)
    rules.push(required.includes(key) ? rule : `(${rule})?`)
  }
  if (allowsOthers) rules.push(`(${yield* parameterRule(otherParameter(grammar, names), others)})*`)
  return rules.join(' ') || '""'
}

/** Values that Python writes in its own words. */
const pythonWords: readonly (readonly [value: boolean | null, word: string])[] = [
  [true, 'True'],
  [false, 'False'],
  [null, 'None'],
]
