"""Which texts the grammars of other libraries accept: schema_peers.py ENGINE SOURCE TARGET FIRST.

SOURCE has a case in each line, `{ schema, texts }`, and cases before the line FIRST are skipped.
Each line that is added to TARGET is a list of booleans, or null where the schema does not compile.
It is flushed: where a library ends the process, the lines tell at which case.
"""

import json
import sys

engine, source, target, first = sys.argv[1:]


def xgrammar(is_strict):
    from xgrammar import Grammar
    from xgrammar.testing import _is_grammar_accept_string

    def compile_schema(schema):
        grammar = Grammar.from_json_schema(json.dumps(schema), strict_mode=is_strict)
        return lambda text: _is_grammar_accept_string(grammar, text)

    return compile_schema


def llguidance():
    from llguidance import LLMatcher, LLTokenizer

    tokenizer = LLTokenizer("byte")

    def compile_schema(schema):
        grammar = LLMatcher.grammar_from_json_schema(json.dumps(schema))
        matcher = LLMatcher(tokenizer, grammar)
        if matcher.is_error():
            raise ValueError(matcher.get_error())

        def accepts(text):
            matcher.reset()
            tokens = tokenizer.tokenize_str(text)
            if matcher.validate_tokens(tokens) < len(tokens):
                return False
            matcher.consume_tokens(tokens)
            return matcher.is_accepting()

        return accepts

    return compile_schema


compile_schema = {
    "xgrammar-strict": lambda: xgrammar(True),
    "xgrammar-loose": lambda: xgrammar(False),
    "llguidance": llguidance,
}[engine]()

with open(source, encoding="utf-8") as cases, open(target, "a", encoding="utf-8") as results:
    for index, line in enumerate(cases):
        if index < int(first):
            continue
        case = json.loads(line)
        try:
            accepts = compile_schema(case["schema"])
            result = [bool(accepts(text)) for text in case["texts"]]
        except Exception:
            result = None
        results.write(json.dumps(result) + "\n")
        results.flush()
