"""Writes probe-results.json: what Jinja2, set up as transformers does, makes of probes.json.

Run it where `jinja2` is installed: `python3 probe-results.py`.
"""

import json
import pathlib

import jinja2
import jinja2.ext
import jinja2.sandbox


class Generation(jinja2.ext.Extension):
    tags = {"generation"}

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
        call = self.call_method("render")
        return jinja2.nodes.CallBlock(call, [], [], body).set_lineno(line)

    def render(self, caller):
        return caller()


class ListsThatGrow(jinja2.sandbox.SandboxedEnvironment):
    """Like transformers' environment, but templates may change lists and dicts."""


def raise_exception(message):
    raise jinja2.exceptions.TemplateError(message)


def tojson(x, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
    return json.dumps(
        x, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys
    )


def environment():
    made = ListsThatGrow(
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=[Generation, jinja2.ext.loopcontrols],
    )
    made.filters["tojson"] = tojson
    made.globals["raise_exception"] = raise_exception
    return made


def result(probe):
    """The output, or the name of the error: its message is not held to Python's."""
    try:
        template = environment().from_string(probe["template"])
        return {**probe, "output": template.render(**probe.get("variables", {}))}
    except jinja2.exceptions.TemplateSyntaxError:
        return {**probe, "error": "TemplateSyntaxError"}
    except Exception as error:
        return {**probe, "error": type(error).__name__}


def main():
    folder = pathlib.Path(__file__).parent
    probes = json.loads((folder / "probes.json").read_text())
    written = {
        "source": f"Jinja2 {jinja2.__version__}, by probe-results.py",
        "probes": [
            result({"template": probe} if isinstance(probe, str) else probe) for probe in probes
        ],
    }
    text = json.dumps(written, ensure_ascii=False, indent=2)
    (folder / "probe-results.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
