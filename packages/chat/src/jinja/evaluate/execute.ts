import { TemplateFault, typeError, valueError } from '../errors.ts'
import type { Body, FilterCall, Statement, Target } from '../syntax/syntax-tree.ts'
import { toText } from '../text/describe.ts'
import { iterate } from '../values/sequence.ts'
import { joinTexts, withoutMarkup } from '../text/text.ts'
import { isTrue } from '../values/truth.ts'
import { classOf, type Run, type TextValue, type Value } from '../values/value.ts'
import { callValue } from './call.ts'
import { applyFilter, evaluate, evaluateArguments } from './evaluate.ts'
import { executeFor } from './loop.ts'
import { createMacro } from './macro.ts'
import type { Completion, Frame, Output, Runtime } from './runtime.ts'
import { innerScope, readName, type Scope } from './scope.ts'

/** Runs the statements of a body. */
export function execute(body: Body, frame: Frame): Completion {
  for (const statement of body) {
    frame.run.meter.charge(1)
    frame.run.meter.enter()
    const completion = executeStatement(statement, frame)
    frame.run.meter.leave()
    if (completion) return completion
  }
  return undefined
}

/** Runs a body with what it prints as one text; a loop that it leaves gets no text. */
function executeToText(
  body: Body,
  { scope, run }: Frame,
  useText: (text: TextValue) => void,
): Completion {
  const output = textOutput(run)
  const completion = execute(body, { scope: innerScope(scope), output, run })
  if (!completion) useText(output.join())
  return completion
}

function collectOutput(run: Run, print: (output: Output) => void): TextValue {
  const output = textOutput(run)
  print(output)
  return output.join()
}

/** Collects what is written; `join` gives it as one text. */
function textOutput(run: Run): Output & { join(): TextValue } {
  const texts: TextValue[] = []
  let length = 0
  return {
    write(text) {
      length += text.string.length
      // Only this text is new; `length` is checked against the limit and not paid for again.
      run.meter.chargeOutput(length, text.string.length)
      texts.push(text)
    },
    join: () => joinTexts(texts),
  }
}

function executeStatement(statement: Statement, frame: Frame): Completion {
  const { scope, output, run } = frame
  switch (statement.type) {
    case 'data':
      output.write(statement.text)
      return undefined
    case 'print':
      output.write(toText(evaluate(statement.value, scope, run), run))
      return undefined
    case 'if': {
      const branch = statement.branches.find(({ condition }) =>
        isTrue(evaluate(condition, scope, run)),
      )
      return execute(branch ? branch.body : statement.otherwise, frame)
    }
    case 'for':
      return executeFor(statement, { ...frame, runtime })
    case 'set':
      assign(statement.target, evaluate(statement.value, scope, run), frame)
      return undefined
    case 'set-block':
      return executeToText(statement.body, frame, (text) =>
        assign(statement.target, applyFilters(statement.filters, text, frame), frame),
      )
    case 'macro':
      scope.names.set(statement.name, createMacro(statement, { scope, runtime }))
      return undefined
    case 'call-block': {
      const { call } = statement
      if (call.type !== 'call') return undefined
      const callee = evaluate(call.callee, scope, run)
      const { positional, named } = evaluateArguments(call.arguments, scope, run)
      const caller = createMacro(statement.macro, { scope, runtime })
      const callArguments = { positional, named: new Map(named).set('caller', caller) }
      output.write(toText(callValue(callee, callArguments, run), run))
      return undefined
    }
    case 'filter-block':
      return executeToText(statement.body, frame, (text) =>
        output.write(toText(applyFilters(statement.filters, text, frame), run)),
      )
    case 'with': {
      const inner = innerScope(scope)
      const values = statement.assignments.map(([, value]) => evaluate(value, scope, run))
      for (const [index, [target]] of statement.assignments.entries())
        assign(target, values[index] ?? null, { ...frame, scope: inner })
      return execute(statement.body, { ...frame, scope: inner })
    }
    case 'block':
      return execute(statement.body, {
        ...frame,
        scope: innerScope(statement.isScoped ? scope : outermost(scope)),
      })
    case 'break':
    case 'continue':
      return statement.type
  }
}

const runtime: Runtime = { execute, assign, collectOutput }

/** The scope of the template's own names; around it are its variables and the globals. */
function outermost(scope: Scope): Scope {
  let current = scope
  while (current.outer?.outer?.outer) current = current.outer
  return current
}

function applyFilters(
  filters: readonly FilterCall[],
  text: TextValue,
  { scope, run }: Frame,
): Value {
  let value: Value = withoutMarkup(text)
  for (const filter of filters) value = applyFilter(filter, value, { scope, run })
  return value
}

function assign(target: Target, value: Value, frame: Frame): void {
  const { scope, run } = frame
  if (target.type === 'name') {
    scope.names.set(target.name, value)
    return
  }
  if (target.type === 'member') {
    const namespace = readName(scope, target.namespace)
    if (typeof namespace !== 'object' || namespace?.type !== 'namespace')
      throw new TemplateFault(
        'TemplateRuntimeError',
        'cannot assign attribute on non-namespace object',
      )
    if (target.name.startsWith('_'))
      throw new TemplateFault('SecurityError', `a namespace cannot hold '${target.name}'`)
    namespace.attributes.set(target.name, value)
    return
  }
  const items = iterate(value, run)
  if (!items) throw typeError(`cannot unpack non-iterable ${classOf(value)} object`)
  const values = [...items]
  const expected = target.items.length
  if (values.length > expected) throw valueError(`too many values to unpack (expected ${expected})`)
  if (values.length < expected)
    throw valueError(`not enough values to unpack (expected ${expected}, got ${values.length})`)
  for (const [index, item] of target.items.entries()) assign(item, values[index] ?? null, frame)
}
