"""Claims: what a page says of its run, stated once more as code, in cells tagged `claim`.

    ```{code-cell} ipython3
    :tags: [claim]

    # "falls in every epoch"
    assert all(a > b for a, b in zip(losses, losses[1:]))
    ```

The comment quotes the sentence, or the words of it that count, from the text or the alt text
between the cells around it. Below it stand the asserts that say the same. Tests run them. Neither
the page nor the notebook shows them. Since they only assert, leaving them out changes nothing.
"""

import ast
import re
from collections import namedtuple

Claim = namedtuple("Claim", "words line asserts")  # what it quotes, from which line of the cell on

MARKUP = re.compile(r"\{[\w:-]+\}(?=`)|\]\([^)]*\)|\s<[^<>`]*>(?=`)|[`*\[\]]")


def is_claim(cell):
    return "claim" in cell.metadata.get("tags", [])


def words(text):
    """The text without its markup, its white space all single blanks."""
    return " ".join(MARKUP.sub("", text).split())


def read(source):
    """The claims of a cell. ValueError if it has anything but quotes and asserts."""
    tree, lines, found = ast.parse(source), source.splitlines(), []
    above = 0  # the last line that is read
    for node in tree.body:
        if not isinstance(node, ast.Assert):
            raise ValueError(f"line {node.lineno}: a claim is made of asserts and nothing else")
        for part in ast.walk(node):
            if isinstance(part, ast.NamedExpr):
                raise ValueError(f"line {node.lineno}: gives a name, {part.target.id}, to the page")
        comment = [s.strip() for s in lines[above : node.lineno - 1] if s.strip()]
        if comment:
            quote = " ".join(s.lstrip("# ") for s in comment)
            if not re.fullmatch(r'".+"', quote):
                raise ValueError(
                    f'line {above + 1}: the comment above an assert quotes the page: # "..."'
                )
            found.append(Claim(words(quote.strip('"')), above + 1, []))
        if not found:
            raise ValueError('line 1: quote the sentence above its assert: # "..."')
        found[-1].asserts.append(node)
        above = node.end_lineno
    if not found:
        raise ValueError("line 1: there is no assert")
    return found


def of_line(source, line):
    """The claim to which this line of the cell belongs."""
    return [claim for claim in read(source) if claim.line <= line][-1]


def operands(source, line):
    """What the assert on this line compares, as code: a failure shows their values."""
    nodes = [n for c in read(source) for n in c.asserts if n.lineno <= line <= n.end_lineno]
    todo, found = [node.test for node in nodes], []
    while todo:
        node = todo.pop(0)
        if isinstance(node, ast.BoolOp):
            todo += node.values
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            todo.append(node.operand)
        elif isinstance(node, ast.Compare):
            found += [node.left, *node.comparators]
    return list(dict.fromkeys(ast.unparse(n) for n in found if not isinstance(n, ast.Constant)))


def alt(cell):
    """The alt text of the picture that a cell draws; empty where there is none."""
    return str(((cell.metadata.get("mystnb") or {}).get("image") or {}).get("alt") or "")


def faults(notebook):
    """What is wrong with the claims of a page: [(index of the cell, sentence with the repair)]."""
    found, cells = [], notebook.cells
    for at, cell in enumerate(cells):
        if cell.cell_type != "code" or not is_claim(cell):
            continue
        try:
            claims = read(cell.source)
        except (ValueError, SyntaxError) as error:
            found.append((at, str(error)))
            continue
        beside = words(" ".join(beside_of(cells, at)))
        for claim in claims:
            if claim.words not in beside:
                fault = "is not said between the cells around it; quote the page, word by word"
                found.append((at, f'"{claim.words}" {fault}'))
    return found


def beside_of(cells, at):
    """The texts around a cell, up to and with the alt texts of the cells that a reader sees."""
    for step in (-1, 1):
        here = at + step
        while 0 <= here < len(cells):
            cell = cells[here]
            if cell.cell_type == "markdown":
                yield cell.source
            elif not is_claim(cell):
                yield alt(cell)
                break
            here += step
