"""A claim quotes its page and asserts; everything else in its cell is refused."""

import claims
import nbformat
import pytest

from conftest import code_cells


def page(*parts):
    """A notebook of texts, cells of code (`= ...`) and claims (`? ...`)."""
    make, cells = nbformat.v4, []
    for part in parts:
        kind, source = part[0], part[1:].strip()
        if kind in "=?":
            tags = {"tags": ["claim"]} if kind == "?" else {}
            cells.append(make.new_code_cell(source, metadata=tags))
        else:
            cells.append(make.new_markdown_cell(part))
    return make.new_notebook(cells=cells)


QUOTE = '# "It falls"\n'


def test_a_claim_is_its_words_and_its_asserts():
    source = '# "It falls,\n# and it rises."\nassert a < b\nassert c\n\n# "Two"\nassert not d\n'
    found = claims.read(source)
    assert [(c.words, c.line, len(c.asserts)) for c in found] == [
        ("It falls, and it rises.", 1, 2),
        ("Two", 5, 1),
    ]
    assert [claims.of_line(source, line).words[:3] for line in (3, 4, 7)] == ["It ", "It ", "Two"]


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("assert a[0] < 3", ["a[0]"]),
        ("assert not (len(a) == b)", ["len(a)", "b"]),
        ("assert 1 < a < b and c > a", ["a", "b", "c"]),
        ("assert all(x < 2 for x in a)", []),
        ("assert (\n    a\n    < b\n)", ["a", "b"]),
    ],
)
def test_a_failure_shows_the_values_that_were_compared(source, shown):
    assert claims.operands(QUOTE + source, 2) == shown
    assert claims.operands(QUOTE + source, 2 + source.count("\n")) == shown


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ("assert a", "quote the sentence above its assert"),
        ("# It falls\nassert a", 'quotes the page: # "..."'),
        ('"""It falls"""\nassert a', "asserts and nothing else"),
        (QUOTE + "b = 2\nassert b", "line 2: a claim is made of asserts and nothing else"),
        (QUOTE + "import torch\nassert a", "asserts and nothing else"),
        (QUOTE + "print(a)", "asserts and nothing else"),
        (QUOTE, "there is no assert"),
        (QUOTE + "assert (b := 2)", "gives a name, b"),
        (QUOTE + "assert a <", "invalid syntax"),
    ],
)
def test_what_is_not_a_claim_is_named(source, fault):
    [(at, said)] = claims.faults(page("It falls.", "?" + source))
    assert at == 1 and fault in said


@pytest.mark.parametrize(
    "parts",
    [
        ["So *it falls*.", '? # "it falls"\nassert a'],
        ["So it\nfalls, see {ref}`this <chapter-a>`.", '? # "it falls, see this."\nassert a'],
        ["= a", '? # "it falls"\nassert a', "So it `falls`."],
        ["it falls", '? # "it falls"\nassert a', '? # "it falls"\nassert b', "= a"],
        [":::{dropdown} Why?\nThe [loss](a.md): it falls.\n:::", '? # "loss: it falls"\nassert a'],
    ],
)
def test_a_quote_stands_in_the_text_beside_the_claim(parts):
    assert claims.faults(page(*parts)) == []


@pytest.mark.parametrize(
    "parts",
    [
        ["So it rises.", '? # "it falls"\nassert a'],
        ["it falls", "= a", "then", '? # "it falls"\nassert a'],
        ["then", '? # "it falls"\nassert a', "= a", "it falls"],
    ],
)
def test_a_quote_that_is_not_beside_the_claim_is_named(parts):
    [(_, said)] = claims.faults(page(*parts))
    assert '"it falls" is not said between the cells around it' in said


def test_an_alt_text_can_be_quoted():
    notebook = page("= plot(a)", "Look.", '? # "a line that falls"\nassert a')
    code_cells(notebook)[0].metadata["mystnb"] = {"image": {"alt": "Here is a line that falls."}}
    assert claims.faults(notebook) == []
