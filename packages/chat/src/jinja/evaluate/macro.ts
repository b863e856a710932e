import { typeError } from '../errors.ts'
import type { MacroStatement, Parameter } from '../syntax/syntax-tree.ts'
import { dictOfNames } from '../values/keys.ts'
import { plainText } from '../text/text.ts'
import {
  type Arguments,
  type Instance,
  orElse,
  type Run,
  tuple,
  undefinedValue,
  type Value,
} from '../values/value.ts'
import { evaluate } from './evaluate.ts'
import type { Runtime } from './runtime.ts'
import { innerScope, type Scope } from './scope.ts'

/** A macro, or the body of a call block, that sees the names around its definition. */
export function createMacro(
  statement: MacroStatement,
  { scope, runtime }: { readonly scope: Scope; readonly runtime: Runtime },
): Instance {
  const { name, parameters, implicitNames, body } = statement

  function call(callArguments: Arguments, run: Run): Value {
    const inner = innerScope(scope)
    bindParameters(statement, callArguments, { scope: inner, run })
    return runtime.collectOutput(
      run,
      (output) => void runtime.execute(body, { scope: inner, output, run }),
    )
  }

  const attributes = new Map<string, Value>([
    ['name', plainText(name)],
    ['arguments', tuple(parameters.map((parameter) => plainText(parameter.name)))],
    ['catch_kwargs', implicitNames.kwargs],
    ['catch_varargs', implicitNames.varargs],
    ['caller', implicitNames.caller],
  ])
  return {
    type: 'instance',
    className: 'Macro',
    description: `<Macro '${name}'>`,
    readAttribute: (attribute) => attributes.get(attribute),
    call,
  }
}

function bindParameters(
  { name, parameters, implicitNames }: MacroStatement,
  { positional, named }: Arguments,
  { scope, run }: { readonly scope: Scope; readonly run: Run },
): void {
  const unusedArguments = new Map(named)
  const absent: Parameter[] = []
  for (const [index, parameter] of parameters.entries()) {
    const fromName = unusedArguments.get(parameter.name)
    const isGiven = index < positional.length
    if (isGiven && fromName !== undefined && parameter.name !== 'caller')
      throw typeError(`macro '${name}' got multiple values for argument '${parameter.name}'`)
    if (!isGiven) unusedArguments.delete(parameter.name)
    const value = isGiven ? positional[index] : fromName
    if (value === undefined) absent.push(parameter)
    scope.names.set(
      parameter.name,
      orElse(value, () => undefinedValue(`parameter '${parameter.name}' was not provided`)),
    )
  }
  // A default sees the parameters, and those with no value yet as undefined.
  for (const { name: absentName, default: value } of absent)
    if (value) scope.names.set(absentName, evaluate(value, scope, run))

  if (implicitNames.caller && !parameters.some((parameter) => parameter.name === 'caller')) {
    scope.names.set(
      'caller',
      orElse(unusedArguments.get('caller'), () => undefinedValue('No caller defined')),
    )
    unusedArguments.delete('caller')
  }
  if (implicitNames.kwargs) scope.names.set('kwargs', dictOfNames(unusedArguments, run))
  else if (unusedArguments.size > 0)
    throw typeError(`macro '${name}' takes no keyword argument '${[...unusedArguments.keys()][0]}'`)

  const extra = positional.slice(parameters.length)
  if (implicitNames.varargs) scope.names.set('varargs', tuple(extra))
  else if (extra.length > 0)
    throw typeError(`macro '${name}' takes not more than ${parameters.length} argument(s)`)
}
